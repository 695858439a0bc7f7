package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.Secrets;
import io.robusttrain.run.JsonLines;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something is wrong: a guard found it, or it happened to the run from outside. Figures that are
 * not finite are {@code null} in the file and NaN here.
 *
 * @param step optimiser update within the run, counted from 0, after which it was found
 * @param epoch of that step, counted from 0
 * @param kind what is wrong
 * @param response what was done about it
 * @param message what happened and what to change
 * @param figures the measured values by name
 */
public record Alarm(
    long step,
    int epoch,
    Kind kind,
    Response response,
    String message,
    Map<String, Double> figures) {
  static final String KIND = "alarm";

  /** What is wrong. */
  public enum Kind {
    /** A loss or gradient was not finite. */
    NON_FINITE,
    /** The model resists one attack step, but not many. */
    CATASTROPHIC_OVERFITTING,
    /** The attack of training takes another number of steps from here on. */
    ATTACK_GAP,
    /** Accuracy is at chance. */
    NO_LEARNING,
    /** The loss rose suddenly. */
    LOSS_SPIKE,
    /** A checkpoint could not be written. */
    CHECKPOINT_FAILED,
    /** An executor was lost, or the exchange between executors broke. */
    EXECUTOR_LOST,
    /** More executors can train than did. */
    EXECUTORS_JOINED,
    /** Nothing moved for too long. */
    STALLED,
    /** A sample could not be read or decoded. */
    BAD_DATA,
    /** The storage of the run could not be reached. */
    STORAGE_AWAY
  }

  /** What was done about it. */
  public enum Response {
    WARNED,
    /** The step was not applied, or the sample not used. */
    SKIPPED,
    /** The run went back to a checkpoint. */
    ROLLED_BACK,
    STOPPED,
    /** The run went on from its newest checkpoint. */
    RECOVERED,
    /** The next steps attack with more gradient steps. */
    MORE_STEPS,
    /** The next steps attack with one gradient step again. */
    ONE_STEP
  }

  /** Sorts the figures, and masks secrets in the message, which may quote a file system's error. */
  public Alarm {
    message = Secrets.masked(message);
    figures = Collections.unmodifiableMap(new TreeMap<>(figures));
  }

  /** Whether the run went back to a checkpoint because of it. */
  public boolean goesBack() {
    return response == Response.ROLLED_BACK;
  }

  /** Whether it is found between steps, after all that a step itself tells. */
  boolean foundAtPause() {
    return kind == Kind.CATASTROPHIC_OVERFITTING
        || kind == Kind.ATTACK_GAP
        || kind == Kind.NO_LEARNING;
  }

  /**
   * Whether it tells of something that does not follow from the steps, so that a run that does them
   * again will not find it again.
   */
  boolean lasting() {
    return goesBack()
        || kind == Kind.CHECKPOINT_FAILED
        || kind == Kind.STORAGE_AWAY
        || response == Response.RECOVERED;
  }

  /** The kind and the response as people read them, epochs and steps counted from 1. */
  public String title() {
    return "%s: %s (%s)".formatted(place(), word(kind), word(response));
  }

  /** The epoch and the step as people read them, counted from 1. */
  public String place() {
    return "epoch %d, step %d".formatted(epoch + 1, step + 1);
  }

  /** A constant as people read it. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  ObjectNode toJson() {
    ObjectNode node =
        JsonLines.line(KIND)
            .put("epoch", epoch)
            .put("step", step)
            .put("alarm", key(kind))
            .put("response", key(response))
            .put("message", message);
    ObjectNode values = node.putObject("figures");
    figures.forEach((name, value) -> Json.put(values, name, value));
    return node;
  }

  static Alarm fromJson(JsonNode node) {
    TreeMap<String, Double> figures = new TreeMap<>();
    JsonNode values = node.path("figures");
    values.fieldNames().forEachRemaining(name -> figures.put(name, Json.numberOrNan(values, name)));
    return new Alarm(
        node.path("step").asLong(),
        node.path("epoch").asInt(),
        Kind.valueOf(constant(node.path("alarm"))),
        Response.valueOf(constant(node.path("response"))),
        node.path("message").asText(),
        figures);
  }

  private static String key(Enum<?> constant) {
    return word(constant).replace(' ', '-');
  }

  private static String constant(JsonNode key) {
    return key.asText().toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
