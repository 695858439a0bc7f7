package io.robusttrain.api;

import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.launch.TrainLauncher;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.train.recovery.RunControl;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Trains a robust image classifier, as the launcher of the same name does: the configuration comes
 * from HOCON files and from keys, and the run directory holds what came out.
 *
 * <pre>{@code
 * TrainedRun run = RobustTrain.on(spark).config("conf/quickstart.conf").set("train.epochs", 2).run();
 * System.out.println(run.metrics());
 * try (Model model = run.best()) {
 *   System.out.println(model.predict(Images.read("data/synthetic", "validation").first(8)));
 * }
 * }</pre>
 *
 * <p>Interrupting the thread that waits in {@link #run()}, or {@link #stop()} from any other, ends
 * the run behind the step under way with a checkpoint; running the same {@code run.id} again goes
 * on from it. Runs in one process come one after the other and leave nothing behind but their
 * directories. Programs in the default package import this class by its name: there the launcher,
 * which has the same, would otherwise be meant.
 *
 * <p>Used by one thread, {@link #stop()} aside.
 */
public final class RobustTrain {
  private final SparkPlace place;
  private final Screen screen = new Screen();
  private final RunControl control = new RunControl();
  private final List<Path> files = new ArrayList<>();
  private final List<String> overrides = new ArrayList<>();

  private RobustTrain(SparkPlace place) {
    this.place = place;
  }

  /**
   * Trains in a session that runs already, and leaves it running. Its settings must be those that
   * training needs, as those of {@link #session()} are; otherwise {@link #run()} says which are
   * not.
   */
  public static RobustTrain on(SparkSession spark) {
    return new RobustTrain(Place.running(spark));
  }

  /**
   * Trains in a Spark context that is opened for the run and stopped after it.
   *
   * @param settings of Spark, {@code spark.master} among them, as spark-submit has them
   */
  public static RobustTrain on(SparkConf settings) {
    return new RobustTrain(Place.opened(settings));
  }

  /** Trains on all cores of this machine, in a context that is opened for the run. */
  public static RobustTrain local() {
    return on(new SparkConf().setIfMissing("spark.master", "local[*]"));
  }

  /**
   * The session of this process with all settings that training, evaluation and analysis need:
   * opened on the master that spark-submit or {@code spark.master} names, or on all cores of this
   * machine, unless there is one already. The caller stops it.
   */
  public static SparkSession session() {
    return Place.session();
  }

  /**
   * Sets who hears of all runs, evaluations and analyses of this process for which the caller names
   * neither a listener nor a stream, as a notebook does; nothing is printed for these.
   */
  public static void showBy(RunListener listener) {
    Screen.setOfProcess(Optional.of(listener));
  }

  /**
   * Adds HOCON files; a later one overrides an earlier one.
   *
   * @return this
   */
  public RobustTrain config(String... paths) {
    for (String path : paths) {
      files.add(Path.of(path));
    }
    return this;
  }

  /**
   * Sets a key over the files, as {@code key=value} on a command line does.
   *
   * @param key such as {@code train.epochs}; all keys are in {@code reference.conf}
   * @param value a number, a boolean, a list, or text such as {@code 8/255} or {@code 10 epochs}
   * @return this
   */
  public RobustTrain set(String key, Object value) {
    String text =
        value instanceof Path path ? ConfigLoader.literal(path.toString()) : String.valueOf(value);
    overrides.add(key + "=" + text);
    return this;
  }

  /**
   * Adds a listener; a caller who does hears of the progress by it and sees nothing printed.
   *
   * @return this
   */
  public RobustTrain listener(RunListener listener) {
    screen.add(listener);
    return this;
  }

  /**
   * Prints plan, progress and results to a stream instead of standard output.
   *
   * @return this
   */
  public RobustTrain output(PrintStream out) {
    screen.printTo(out);
    return this;
  }

  /**
   * Prints nothing.
   *
   * @return this
   */
  public RobustTrain quiet() {
    screen.quiet();
    return this;
  }

  /**
   * Checks configuration, data and machine and prints the plan; trains nothing.
   *
   * @throws RobustTrainException with all problems at once
   */
  public void check() {
    Failures.readable(
        () -> {
          launcher(hearing()).check(configuration());
          return Optional.empty();
        });
  }

  /**
   * Trains to the end, or from where an earlier process stopped to the end.
   *
   * @return the run, which {@linkplain TrainedRun#finished() is not finished} if it was asked to
   *     end
   * @throws RobustTrainException if the configuration, the data or the machine do not allow it, or
   *     a guard stopped the run
   */
  public TrainedRun run() {
    return Failures.readable(
        () -> {
          Hearing hearing = hearing();
          TrainLauncher launcher = launcher(hearing);
          RunConfig configuration = configuration();
          TrainLauncher.Ended ended =
              Interruptible.call(
                  "robusttrain-run",
                  () -> launcher.train(configuration),
                  this::stop,
                  () -> launcher.abandon("the step was abandoned, for the run was interrupted"));
          hearing.throwFailure();
          return TrainedRun.of(ended.run(), place.cluster().hadoop(), ended.finished());
        });
  }

  /** Asks the run to end behind the step under way, with a checkpoint. Any thread may ask. */
  public void stop() {
    control.requestStop();
  }

  /** What the run is asked for, for tests. */
  RunControl control() {
    return control;
  }

  private Hearing hearing() {
    return new Hearing(screen.listeners(), this::stop);
  }

  private TrainLauncher launcher(Hearing hearing) {
    return new TrainLauncher(place, screen.stream(), control, hearing);
  }

  private RunConfig configuration() {
    return ConfigLoader.load(files, overrides);
  }
}
