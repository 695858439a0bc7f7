package io.robusttrain.app.launch;

import io.robusttrain.app.Cluster;
import io.robusttrain.app.ContainerFolder;
import io.robusttrain.app.Preflight;
import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.Versions;
import io.robusttrain.app.cli.MaskedStream;
import io.robusttrain.base.Secrets;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.report.MetricsReader;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.Storage;
import io.robusttrain.storage.lease.RunLease;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.RecoveringTraining;
import io.robusttrain.train.StoppedException;
import io.robusttrain.train.plan.PlanText;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import io.robusttrain.train.plan.StagedPlan;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.resume.StartingPoint;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * A training on the cluster that spark-submit names, or in a context that runs already: plan, run
 * directory, engine, run.
 */
public final class TrainLauncher {
  private final SparkPlace place;
  private final PrintStream screen;
  private final RunControl control;
  private final Listener listener;
  private volatile Consumer<String> abandoning = why -> {};

  /**
   * A launcher of one run, which others can hear of and end; nothing is started yet.
   *
   * @param place where it trains
   * @param screen where plan, progress and results go
   * @param control asks the run to end after a step
   * @param listener hears of steps, epochs and alarms on the driver's thread
   */
  public TrainLauncher(
      SparkPlace place, PrintStream screen, RunControl control, Listener listener) {
    this.place = place;
    this.screen = new MaskedStream(screen);
    this.control = control;
    this.listener = listener;
  }

  /** Hears what a run does, on the driver's thread. */
  public interface Listener extends MetricsReader {
    /** A run is about to begin, or to go on. */
    default void begins(RunPlan plan) {}

    /**
     * A run has ended before its end, for it was asked to.
     *
     * @param id of the run
     * @param where it ended and how it goes on
     */
    default void stopped(String id, String where) {}
  }

  /**
   * How a run ended.
   *
   * @param run its directory
   * @param finished whether it has come to its end; otherwise it was asked to end before
   */
  public record Ended(Path run, boolean finished) {}

  /**
   * Checks everything and shows the plan.
   *
   * @throws RuntimeException what the training itself would be refused with
   */
  public void check(RunConfig config) throws InterruptedException {
    Prepared prepared = prepare(config);
    prepared.preflight().checkDriver();
  }

  /**
   * Trains.
   *
   * @throws RuntimeException what the run was refused or ended with
   */
  public Ended train(RunConfig config) throws IOException, InterruptedException {
    Prepared prepared = prepare(config);
    listener.begins(prepared.stages().last());
    NativeRuntime.load();
    return new Ended(prepared.path(), train(prepared));
  }

  /** Gives up the step under way, after the run was asked to end and there is no time left. */
  public void abandon(String why) {
    abandoning.accept(why);
  }

  /** A run that was checked, and where it comes from. */
  private record Prepared(
      StagedPlan stages,
      Cluster cluster,
      Configuration hadoop,
      Path path,
      Map<String, String> origin,
      Preflight preflight) {}

  private Prepared prepare(RunConfig config) {
    Cluster cluster = place.cluster();
    Configuration hadoop = cluster.hadoop();
    List<String> refusals = cluster.refusals(config.device());
    cluster.require(config.distribution().chosenEngine());
    StagedPlan stages = new RunPlanner(config, hadoop, cluster.topology(config)).stages();
    String id = RunId.of(config, Instant.now());
    Path root = new Path(config.run().dir());
    ContainerFolder.refuse(place.settings(), hadoop, "run.dir", root);
    Map<String, String> origin = announce(stages, new Path(root, id), hadoop);
    refusals.forEach(screen::println);
    Preflight preflight = new Preflight(stages.largest(), cluster, hadoop, screen);
    return new Prepared(stages, cluster, hadoop, new Path(root, id), origin, preflight);
  }

  /** Says what will be done, and from where; lets go of the weights that it looked at. */
  private Map<String, String> announce(StagedPlan stages, Path path, Configuration hadoop) {
    StartingPoint start = StartingPoint.find(stages, path, hadoop);
    screen.print(PlanText.of(stages));
    start.lines().forEach(screen::println);
    return start.provenance();
  }

  private boolean train(Prepared prepared) throws IOException, InterruptedException {
    StagedPlan stages = prepared.stages();
    Configuration hadoop = prepared.hadoop();
    Path path = prepared.path();
    RunConfig config = stages.last().run();
    Map<String, String> provenance = new TreeMap<>(Versions.of(stages));
    provenance.putAll(prepared.origin());
    provenance.replaceAll((name, value) -> Secrets.masked(value));
    String configText = ConfigRenderer.render(config);
    try (RunLease lease = lease(path, config, hadoop)) {
      // Whoever owned the run until now may have gone on meanwhile.
      StartingPoint start = StartingPoint.find(stages, path, hadoop);
      SparkConf settings = prepared.cluster().recovering("RobustTrain " + path.getName());
      try (SparkPlace.Stay stay = place.open(settings)) {
        SparkContext spark = stay.context().sc();
        prepared.preflight().check(spark);
        RunDirectory directory =
            RunDirectory.open(
                path.getParent(), path.getName(), hadoop, configText, provenance, lease);
        screen.println("run        " + directory.path());
        RecoveringTraining training =
            new RecoveringTraining(stages, hadoop, new SparkEngines(spark), control, screen)
                .heardBy(listener);
        abandoning = training::abandon;
        try (GracefulStop stop =
            GracefulStop.of(control, config.recovery().grace(), training::abandon, screen)) {
          boolean finished = train(training, start, directory, configText, provenance);
          // Before the hook is let go: what follows it needs Spark to have ended.
          stay.close();
          return finished;
        }
      }
    }
  }

  private boolean train(
      RecoveringTraining training,
      StartingPoint start,
      RunDirectory directory,
      String configText,
      Map<String, String> provenance)
      throws IOException {
    try {
      screen.println(training.train(start, directory, configText, provenance).render());
      return true;
    } catch (StoppedException stopped) {
      tellStopped(directory, stopped.getMessage());
    } catch (EngineOutage outage) {
      if (!control.requested()) {
        throw outage;
      }
      tellStopped(
          directory,
          "stopped within step %d; submit the run id again to go on from its newest checkpoint"
              .formatted(training.completedSteps() + 1));
    }
    return false;
  }

  private void tellStopped(RunDirectory directory, String where) {
    screen.println(where);
    listener.stopped(directory.path().getName(), where);
  }

  private static RunLease lease(Path run, RunConfig config, Configuration hadoop) {
    try {
      return RunLease.acquire(Storage.fileSystem(run, hadoop), run, config.run().lease());
    } catch (IOException e) {
      throw RunDirectoryException.unwritable(run, e);
    }
  }
}
