package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What all analyses demand of their settings, in the words of the command line. */
final class Requirements {
  /** Pictures of a model are held by the driver, as float32, until its sheets are drawn. */
  private static final long MOST_PIXEL_BYTES = 256L << 20;

  private Requirements() {}

  /**
   * Refuses more pictures of a model than the driver should hold.
   *
   * @param options that say how many
   * @param side of a picture in pixels
   */
  static void pictures(String options, long count, int side) {
    long each = 3L * side * side * Float.BYTES;
    if (count > MOST_PIXEL_BYTES / each) {
      throw new EvaluationException(
          "%s: the driver holds at most %d pictures of %dx%d pixels, not %d; ask for fewer"
              .formatted(options, MOST_PIXEL_BYTES / each, side, side, count));
    }
  }

  /** In which fields two objects differ, and how, in words. */
  static List<String> differences(ObjectNode first, ObjectNode second) {
    List<String> differences = new ArrayList<>();
    first
        .fields()
        .forEachRemaining(
            field -> {
              JsonNode other = second.path(field.getKey());
              if (!other.equals(field.getValue())) {
                differences.add(
                    "%s (%s and %s)"
                        .formatted(field.getKey(), field.getValue().asText(), other.asText()));
              }
            });
    return differences;
  }

  /** Refuses threat models that PGD does not know, and a ball of one point. */
  static void descents(ThreatModel threat) {
    if (threat.norm() == Norm.L1) {
      throw new EvaluationException("--norm: PGD knows linf and l2; give one of them");
    }
    if (threat.epsilon() == 0) {
      throw new EvaluationException(
          "--eps: there is nothing to attack at radius 0; give a radius above 0, such as 4/255");
    }
  }

  /** Refuses lists that are empty, do not ascend, or begin below a number. */
  static void ascending(String option, List<Integer> numbers, int least) {
    boolean fine = !numbers.isEmpty() && numbers.get(0) >= least;
    for (int i = 1; i < numbers.size(); i++) {
      fine &= numbers.get(i) > numbers.get(i - 1);
    }
    if (!fine) {
      throw new EvaluationException(
          "%s: give numbers from %d on, each larger than the one before: %s"
              .formatted(option, least, numbers));
    }
  }

  /** Refuses lists that are empty or name something twice. */
  static void distinct(String option, List<?> values) {
    if (values.isEmpty() || values.stream().distinct().count() < values.size()) {
      throw new EvaluationException(
          "%s: give one or more, none twice: %s".formatted(option, values));
    }
  }

  /** Refuses numbers that are too small. */
  static void atLeast(String option, int value, int least) {
    if (value < least) {
      throw new EvaluationException(
          "%s must be at least %d, not %d".formatted(option, least, value));
    }
  }

  /** What the settings of all analyses begin with. */
  static ObjectNode settings(String word, ThreatModel threat) {
    return Json.object()
        .put("analysis", word)
        .put("norm", threat.norm().name().toLowerCase(Locale.ROOT))
        .put("epsilon", threat.epsilon());
  }
}
