package io.robusttrain.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.eval.EvalLauncher;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.EvaluationRequest;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.result.EvaluationResult;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Measures robust accuracy on the executors of Spark, as the launcher of the same name does. The
 * output directory keeps finished blocks: the same evaluation goes on where it was interrupted, and
 * one that is finished is read. The result does not depend on the number of executors.
 *
 * <pre>{@code
 * RobustEval.Result result =
 *     RobustEval.on(spark)
 *         .model("runs/my-run")
 *         .data("data/synthetic")
 *         .first(64)
 *         .threat(Threat.linf("4/255"))
 *         .output("eval/my-run")
 *         .run();
 * System.out.println(result.robustAccuracy());
 * }</pre>
 *
 * <p>Used by one thread.
 */
public final class RobustEval {
  private final SparkPlace place;
  private final Screen screen = new Screen();
  private final SubjectDraft subject = new SubjectDraft();
  private String attacks = "standard";
  private List<Threat> threats = List.of();
  private Coverage coverage = Coverage.SURVIVORS;
  private long seed;

  private RobustEval(SparkPlace place) {
    this.place = place;
  }

  /** Evaluates in a session that runs already, and leaves it running. */
  public static RobustEval on(SparkSession spark) {
    return new RobustEval(Place.running(spark));
  }

  /**
   * Evaluates in a Spark context that is opened for it and stopped after it.
   *
   * @param settings of Spark, {@code spark.master} among them, as spark-submit has them
   */
  public static RobustEval on(SparkConf settings) {
    return new RobustEval(Place.opened(settings));
  }

  /** Evaluates on all cores of this machine, in a context that is opened for it. */
  public static RobustEval local() {
    return on(new SparkConf().setIfMissing("spark.master", "local[*]"));
  }

  /**
   * Names the model: a file of this project, a run directory or a checkpoint.
   *
   * @return this
   */
  public RobustEval model(String path) {
    subject.model(path);
    return this;
  }

  /**
   * Names weights of others, as {@link Model#load(String, String, String)} does; they have as many
   * classes as the data.
   *
   * @return this
   */
  public RobustEval model(String path, String name, String normalization) {
    subject.model(path, name, normalization);
    return this;
  }

  /**
   * Names the data set.
   *
   * @return this
   */
  public RobustEval data(String path) {
    subject.data(path);
    return this;
  }

  /**
   * Names its split; {@code validation} unless this is said.
   *
   * @return this
   */
  public RobustEval split(String name) {
    subject.split(name);
    return this;
  }

  /**
   * Takes the first images of the split instead of all.
   *
   * @return this
   */
  public RobustEval first(int count) {
    subject.samples(new SampleChoice.First(count));
    return this;
  }

  /**
   * Takes images that are drawn by a seed, those of {@link Images#sample} of the whole split.
   *
   * @return this
   */
  public RobustEval sample(int count, long drawSeed) {
    subject.samples(new SampleChoice.Drawn(count, drawSeed));
    return this;
  }

  /**
   * Takes the images that a text file lists, one id or file name a line.
   *
   * @return this
   */
  public RobustEval list(String file) {
    subject.samples(new SampleChoice.Listed(file));
    return this;
  }

  /**
   * Names the attacks; {@code standard}, which is AutoAttack, unless this is said.
   *
   * @param names as {@code RobustEval --attacks} has them, separated by commas
   * @return this
   */
  public RobustEval attacks(String names) {
    attacks = names;
    return this;
  }

  /**
   * Says what the attacks may do: one threat, or several of one norm, one round for each.
   *
   * @return this
   */
  public RobustEval threat(Threat... several) {
    threats = List.of(several);
    return this;
  }

  /**
   * Lets each attack work on all correctly classified images, not on those that still stand.
   *
   * @return this
   */
  public RobustEval everyAttackOnAll() {
    coverage = Coverage.ALL_CORRECT;
    return this;
  }

  /**
   * Sets the seed of all random draws; 0 unless this is said.
   *
   * @return this
   */
  public RobustEval seed(long other) {
    seed = other;
    return this;
  }

  /**
   * Sets the threads inside an operation; 1 unless this is said, and a core a block.
   *
   * @return this
   */
  public RobustEval threads(int count) {
    subject.threads(count);
    return this;
  }

  /**
   * Names the directory of the result, on any Hadoop file system.
   *
   * @return this
   */
  public RobustEval output(String directory) {
    subject.output(directory);
    return this;
  }

  /**
   * Adds a listener; a caller who does hears of the progress by it and sees nothing printed.
   *
   * @return this
   */
  public RobustEval listener(RunListener listener) {
    screen.add(listener);
    return this;
  }

  /**
   * Prints progress to a stream instead of standard output.
   *
   * @return this
   */
  public RobustEval output(PrintStream out) {
    screen.printTo(out);
    return this;
  }

  /**
   * Prints nothing.
   *
   * @return this
   */
  public RobustEval quiet() {
    screen.quiet();
    return this;
  }

  /**
   * Evaluates, or goes on, or reads what is finished.
   *
   * @throws RobustTrainException if model, data and attacks do not fit, or the clean accuracy is
   *     not that of the model's file
   */
  public Result run() {
    return Failures.readable(
        () -> {
          EvaluationRequest request = new EvaluationRequest(subject.request(), attackRequest());
          String output = subject.output();
          Hearing hearing = new Hearing(screen.listeners(), place::cancel);
          EvalLauncher launcher = new EvalLauncher(place, screen.stream(), hearing);
          EvaluationResult result =
              Work.of("robusttrain-eval", place, hearing)
                  .in(output, () -> launcher.run(request, output, OptionalInt.empty()));
          return new Result(result, output);
        });
  }

  private AttackRequest attackRequest() {
    if (threats.isEmpty()) {
      throw new RobustTrainException(
          "how far may an attack go? Say it with threat(Threat.linf(\"4/255\"))");
    }
    List<Norm> norms = threats.stream().map(threat -> threat.model().norm()).distinct().toList();
    if (norms.size() > 1) {
      throw new RobustTrainException(
          "one evaluation is in one norm, not in %s; evaluate once for each".formatted(norms));
    }
    List<Double> radii = threats.stream().map(Threat::epsilon).toList();
    return new AttackRequest(attacks, norms.get(0), radii, coverage, seed);
  }

  /** A finished evaluation. Immutable and thread-safe. */
  public static final class Result {
    private final EvaluationResult result;
    private final String path;

    Result(EvaluationResult result, String path) {
      this.result = result;
      this.path = path;
    }

    /**
     * Reads a finished evaluation.
     *
     * @param path its directory, or its {@code eval.json}
     * @throws RobustTrainException if there is none
     */
    public static Result read(String path) {
      return Failures.readable(() -> new Result(EvaluationResult.read(path, Place.hadoop()), path));
    }

    /** The directory of the result. */
    public String path() {
      return path;
    }

    /** The fraction of images that are classified correctly. */
    public double cleanAccuracy() {
      return result.cleanAccuracy();
    }

    /** The fraction of images that no attack breaks, at the first radius. */
    public double robustAccuracy() {
      return result.tree().path("radii").path(0).path("robust_accuracy").asDouble(Double.NaN);
    }

    /**
     * A row an attack: {@code radius}, {@code attack}, {@code images} that it worked on, {@code
     * broken} of these, {@code robust_accuracy} after it, {@code seconds}.
     */
    public Table table() {
      List<List<Object>> rows = new ArrayList<>();
      for (JsonNode radius : result.tree().path("radii")) {
        for (JsonNode attack : radius.path("attacks")) {
          rows.add(
              Arrays.asList(
                  radius.path("radius").asText(),
                  attack.path("name").asText(),
                  attack.path("images").asLong(),
                  attack.path("broken").asLong(),
                  attack.path("robust_accuracy").asDouble(),
                  attack.path("seconds").asDouble()));
        }
      }
      return new Table(
          List.of("radius", "attack", "images", "broken", "robust_accuracy", "seconds"), rows);
    }

    /** What makes the result doubtful, in plain words; empty if nothing does. */
    public List<String> warnings() {
      List<String> texts = new ArrayList<>();
      result.tree().path("flags").forEach(flag -> texts.add(flag.path("text").asText()));
      return texts;
    }

    /** The whole content of {@code eval.json}. */
    public String json() {
      return result.tree().toString();
    }

    /** The table as an HTML fragment. */
    public String toHtml() {
      return table().toHtml();
    }

    /** What {@code RobustEval} prints: model, data, a table for each radius. */
    @Override
    public String toString() {
      return result.table();
    }
  }
}
