package io.robusttrain.api;

import io.robusttrain.analysis.Analysis;
import io.robusttrain.analysis.Effectiveness;
import io.robusttrain.analysis.Features;
import io.robusttrain.analysis.Landscape;
import io.robusttrain.analysis.Pictures;
import io.robusttrain.analysis.RadiusSweep;
import io.robusttrain.analysis.Transfer;
import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.analyze.AnalyzeLauncher;
import io.robusttrain.app.analyze.AnalyzeRequest;
import io.robusttrain.app.analyze.JudgeOption;
import io.robusttrain.config.value.Epsilon;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.storage.Storage;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Looks at why a model is robust, and whether the attacks that say so are strong, on the executors
 * of Spark, as the launcher of the same name does. Say which model and images, then name the
 * analysis. The output directory keeps finished blocks: the same analysis goes on where it was
 * interrupted, and one that is finished is read.
 *
 * <pre>{@code
 * RobustAnalyze.Result why =
 *     RobustAnalyze.on(spark)
 *         .model("runs/my-run")
 *         .data("data/synthetic")
 *         .first(64)
 *         .output("analysis/sweep")
 *         .sweep("apgd-ce", "0", "4/255", "8/255");
 * Files.write(Path.of("sweep.png"), why.figures().values().iterator().next());
 * }</pre>
 *
 * <p>Used by one thread.
 */
public final class RobustAnalyze {
  /** Random starts of each image of a landscape, and their longest attack's lengths. */
  private static final int STARTS = 20;

  private static final List<Integer> LENGTHS = List.of(0, 1, 2, 5, 10, 50, 100, 200, 500);

  private final SparkPlace place;
  private final Screen screen = new Screen();
  private final SubjectDraft subject = new SubjectDraft();
  private List<String> epochs = List.of();
  private final List<JudgeOption> judges = new ArrayList<>();
  private Threat threat = Threat.linf("4/255");
  private long seed;

  private RobustAnalyze(SparkPlace place) {
    this.place = place;
  }

  /** Works in a session that runs already, and leaves it running. */
  public static RobustAnalyze on(SparkSession spark) {
    return new RobustAnalyze(Place.running(spark));
  }

  /**
   * Works in a Spark context that is opened for it and stopped after it.
   *
   * @param settings of Spark, {@code spark.master} among them, as spark-submit has them
   */
  public static RobustAnalyze on(SparkConf settings) {
    return new RobustAnalyze(Place.opened(settings));
  }

  /** Works on all cores of this machine, in a context that is opened for it. */
  public static RobustAnalyze local() {
    return on(new SparkConf().setIfMissing("spark.master", "local[*]"));
  }

  /**
   * Names the model: a file of this project, a run directory or a checkpoint.
   *
   * @return this
   */
  public RobustAnalyze model(String path) {
    subject.model(path);
    return this;
  }

  /**
   * Names weights of others, as {@link Model#load(String, String, String)} does; they have as many
   * classes as the data.
   *
   * @return this
   */
  public RobustAnalyze model(String path, String name, String normalization) {
    subject.model(path, name, normalization);
    return this;
  }

  /**
   * Takes epochs that {@code train.keep-epochs} kept of a run, instead of its best model.
   *
   * @param kept numbers of epochs, or {@code all} alone
   * @return this
   */
  public RobustAnalyze epochs(String... kept) {
    epochs = List.of(kept);
    return this;
  }

  /**
   * Names the data set.
   *
   * @return this
   */
  public RobustAnalyze data(String path) {
    subject.data(path);
    return this;
  }

  /**
   * Names its split; {@code validation} unless this is said.
   *
   * @return this
   */
  public RobustAnalyze split(String name) {
    subject.split(name);
    return this;
  }

  /**
   * Takes the first images of the split instead of all.
   *
   * @return this
   */
  public RobustAnalyze first(int count) {
    subject.samples(new SampleChoice.First(count));
    return this;
  }

  /**
   * Takes images that are drawn by a seed.
   *
   * @return this
   */
  public RobustAnalyze sample(int count, long drawSeed) {
    subject.samples(new SampleChoice.Drawn(count, drawSeed));
    return this;
  }

  /**
   * Says what attacks may do; {@code linf 4/255} unless this is said.
   *
   * @return this
   */
  public RobustAnalyze threat(Threat other) {
    threat = other;
    return this;
  }

  /**
   * Adds a model that judges in {@link #transfer}.
   *
   * @param name in tables: letters, digits, dots, dashes, underscores
   * @param path as that of {@link #model(String)}
   * @return this
   */
  public RobustAnalyze judge(String name, String path) {
    judges.add(Failures.readable(() -> new JudgeOption(name, ModelRequest.of(path))));
    return this;
  }

  /**
   * Adds weights of others that judge in {@link #transfer}.
   *
   * @param name in tables: letters, digits, dots, dashes, underscores
   * @param path of the weights
   * @param network timm's name of it
   * @param normalization as {@link Model#load(String, String, String)} takes it
   * @return this
   */
  public RobustAnalyze judge(String name, String path, String network, String normalization) {
    judges.add(
        Failures.readable(
            () -> new JudgeOption(name, SubjectDraft.foreign(path, network, normalization))));
    return this;
  }

  /**
   * Sets the seed of random draws; 0 unless this is said.
   *
   * @return this
   */
  public RobustAnalyze seed(long other) {
    seed = other;
    return this;
  }

  /**
   * Names the directory of the result, on any Hadoop file system.
   *
   * @return this
   */
  public RobustAnalyze output(String directory) {
    subject.output(directory);
    return this;
  }

  /**
   * Adds a listener; a caller who does hears of the progress by it and sees nothing printed.
   *
   * @return this
   */
  public RobustAnalyze listener(RunListener listener) {
    screen.add(listener);
    return this;
  }

  /**
   * Prints progress to a stream instead of standard output.
   *
   * @return this
   */
  public RobustAnalyze output(PrintStream out) {
    screen.printTo(out);
    return this;
  }

  /**
   * Prints nothing.
   *
   * @return this
   */
  public RobustAnalyze quiet() {
    screen.quiet();
    return this;
  }

  /**
   * How much of the loss that a long PGD finds short ones miss.
   *
   * @param oracle steps of the long attack, such as 200
   * @param steps of the short ones, ascending, such as 1, 2, 5, 10
   */
  public Result effectiveness(int oracle, int... steps) {
    return run(
        launcher ->
            new Effectiveness(
                threat.model(),
                Arrays.stream(steps).boxed().toList(),
                oracle,
                List.of(seed, seed + 1, seed + 2)));
  }

  /**
   * Whether attacks of any length, from any start, end at the same loss.
   *
   * @param points correctly classified images, the first ones
   */
  public Result landscape(int points) {
    return landscape(points, STARTS, LENGTHS.stream().mapToInt(i -> i).toArray());
  }

  /**
   * As {@link #landscape(int)}.
   *
   * @param starts random starts of each image
   * @param steps of the attacks, ascending; 0 is the start itself
   */
  public Result landscape(int points, int starts, int... steps) {
    return run(
        launcher ->
            new Landscape(
                threat.model(),
                points,
                starts,
                Arrays.stream(steps).boxed().toList(),
                List.of(Landscape.StepRule.values())));
  }

  /**
   * Robust accuracy over radii, in the norm of the {@link #threat}, whose epsilon is that of a
   * table of PGD over numbers of steps.
   *
   * @param attacks at each radius, such as {@code apgd-ce}
   * @param radii ascending, such as {@code 0}, {@code 4/255}
   */
  public Result sweep(String attacks, String... radii) {
    return run(
        launcher ->
            new RadiusSweep(
                threat.model().norm(),
                Arrays.stream(radii)
                    .map(text -> Epsilon.parse(threat.model().norm(), text))
                    .toList(),
                attacks,
                threat.epsilon(),
                seed));
  }

  /**
   * Images before and after PGD with the model's answers: the worst, the closest, some at random.
   *
   * @param steps of PGD, such as 100
   * @param count images of each group
   */
  public Result pictures(int steps, int count) {
    return run(launcher -> new Pictures(threat.model(), steps, count, seed));
  }

  /**
   * What noise becomes under a targeted PGD that nothing bounds, for each class.
   *
   * @param steps of PGD, such as 100
   * @param classes the first ones
   * @param copies images of each class
   */
  public Result features(int steps, int classes, int copies) {
    return run(launcher -> new Features(steps, classes, copies, seed));
  }

  /**
   * How much of what images show is in what an attack changes: perturbations of the model, drawn as
   * images, are classified by judges, with the labels of the images. Linf only.
   *
   * @param steps of PGD, ascending, such as 1, which is FGSM, and 100
   */
  public Result transfer(int... steps) {
    if (judges.isEmpty()) {
      throw new RobustTrainException("who judges? Name models with judge(...)");
    }
    return run(
        launcher ->
            new Transfer(
                threat.model(),
                Arrays.stream(steps).boxed().toList(),
                seed,
                launcher.judges(judges, subject.request())));
  }

  /**
   * Puts finished analyses of one kind, which were asked the same, into one table and one figure:
   * effectiveness, landscapes or sweeps. Needs an output only, no model and no images.
   *
   * @param analyses their output directories by name, at least two
   * @throws RobustTrainException if one is not finished, or was asked something else
   */
  public Result compare(Map<String, String> analyses) {
    if (analyses.size() < 2) {
      throw new RobustTrainException(
          "what to compare? Name the output directories of two analyses or more");
    }
    return Failures.readable(
        () -> {
          AnalyzeLauncher launcher = launcher(new Hearing(screen.listeners(), place::cancel));
          List<String> lines = launcher.compare(analyses, subject.output());
          return new Result(lines, subject.output(), place.cluster().hadoop());
        });
  }

  /** Which analysis is asked for; checks what was said of it. */
  @FunctionalInterface
  private interface Choice {
    Analysis analysis(AnalyzeLauncher launcher);
  }

  private AnalyzeLauncher launcher(Hearing hearing) {
    return new AnalyzeLauncher(place, screen.stream(), hearing);
  }

  private Result run(Choice choice) {
    return Failures.readable(
        () -> {
          AnalyzeRequest request =
              new AnalyzeRequest(subject.request(), epochs, subject.output(), OptionalInt.empty());
          Hearing hearing = new Hearing(screen.listeners(), place::cancel);
          AnalyzeLauncher launcher = launcher(hearing);
          Analysis analysis = choice.analysis(launcher);
          List<String> lines =
              Work.of("robusttrain-analysis", place, hearing)
                  .in(request.output(), () -> launcher.run(analysis, request));
          return new Result(lines, request.output(), place.cluster().hadoop());
        });
  }

  /** A finished analysis. Immutable and thread-safe. */
  public static final class Result {
    private final List<String> lines;
    private final Path path;
    private final Configuration hadoop;

    Result(List<String> lines, String path, Configuration hadoop) {
      this.lines = List.copyOf(lines);
      this.path = new Path(path);
      this.hadoop = hadoop;
    }

    /** The directory of the result: {@code analysis.json}, tables (CSV), figures (PNG, SVG). */
    public String path() {
      return path.toString();
    }

    /** What the analysis tells, line by line. */
    public List<String> lines() {
      return lines;
    }

    /** The figures as PNG, by the names of their files. */
    public Map<String, byte[]> figures() {
      return files(".png");
    }

    /** The tables as CSV in UTF-8, by the names of their files. */
    public Map<String, byte[]> tables() {
      return files(".csv");
    }

    private Map<String, byte[]> files(String ending) {
      return Failures.readable(
          () -> {
            FileSystem fs = Storage.fileSystem(path, hadoop);
            Map<String, byte[]> found = new LinkedHashMap<>();
            FileStatus[] children = Storage.children(fs, path);
            for (FileStatus child : children) {
              String name = child.getPath().getName();
              if (child.isFile() && name.endsWith(ending)) {
                found.put(name, Storage.bytes(fs, child.getPath()));
              }
            }
            return found;
          });
    }

    /** Figures and lines as an HTML fragment. */
    public String toHtml() {
      return figures().entrySet().stream()
          .map(figure -> Html.image(figure.getValue(), figure.getKey()))
          .collect(
              Collectors.joining("", "<div>", "<pre>" + Html.escape(toString()) + "</pre></div>"));
    }

    /** The lines. */
    @Override
    public String toString() {
      return String.join("\n", lines);
    }
  }
}
