package io.robusttrain.app.train;

import io.robusttrain.app.Cluster;
import io.robusttrain.app.ContainerFolder;
import io.robusttrain.app.Preflight;
import io.robusttrain.app.Versions;
import io.robusttrain.app.cli.MaskedStream;
import io.robusttrain.base.Secrets;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.engine.EngineOutage;
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
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.resume.StartingPoint;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** {@code RobustTrain} on the cluster that spark-submit names: plan, run directory, engine, run. */
public final class TrainLauncher implements TrainRunner {
  private final SparkConf spark;
  private final PrintStream screen;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark spark-submit's settings
   * @param screen where plan, progress and results go
   */
  public TrainLauncher(SparkConf spark, PrintStream screen) {
    this.spark = spark;
    this.screen = new MaskedStream(screen);
  }

  @Override
  public void run(RunConfig config, Mode mode) throws IOException, InterruptedException {
    Cluster cluster = new Cluster(spark);
    Configuration hadoop = cluster.hadoop();
    List<String> refusals = cluster.refusals(config.device());
    cluster.require(config.distribution().chosenEngine());
    RunPlan plan = new RunPlanner(config, hadoop, cluster.topology(config)).plan();
    String id = RunId.of(config, Instant.now());
    Path root = new Path(config.run().dir());
    ContainerFolder.refuse(spark, hadoop, "run.dir", root);
    Map<String, String> origin = announce(plan, new Path(root, id), hadoop);
    refusals.forEach(screen::println);
    Preflight preflight = new Preflight(plan, cluster, hadoop, screen);
    if (mode == Mode.DRY_RUN) {
      preflight.checkDriver();
      return;
    }
    NativeRuntime.load();
    train(plan, cluster, hadoop, new Path(root, id), origin, preflight);
  }

  /** Says what will be done, and from where; lets go of the weights that it looked at. */
  private Map<String, String> announce(RunPlan plan, Path path, Configuration hadoop) {
    StartingPoint start = StartingPoint.find(plan, path, hadoop);
    screen.print(PlanText.of(plan));
    start.lines().forEach(screen::println);
    return start.provenance();
  }

  private void train(
      RunPlan plan,
      Cluster cluster,
      Configuration hadoop,
      Path path,
      Map<String, String> origin,
      Preflight preflight)
      throws IOException, InterruptedException {
    RunConfig config = plan.config();
    Map<String, String> provenance = new TreeMap<>(Versions.of(plan));
    provenance.putAll(origin);
    provenance.replaceAll((name, value) -> Secrets.masked(value));
    String configText = ConfigRenderer.render(config);
    try (RunLease lease = lease(path, config, hadoop)) {
      // Whoever owned the run until now may have gone on meanwhile.
      StartingPoint start = StartingPoint.find(plan, path, hadoop);
      SparkConf settings = cluster.recovering("RobustTrain " + path.getName());
      try (JavaSparkContext spark = new JavaSparkContext(settings)) {
        preflight.check(spark.sc());
        RunDirectory directory =
            RunDirectory.open(
                path.getParent(), path.getName(), hadoop, configText, provenance, lease);
        screen.println("run        " + directory.path());
        RunControl control = new RunControl();
        RecoveringTraining training =
            new RecoveringTraining(plan, hadoop, new SparkEngines(spark.sc()), control, screen);
        try (GracefulStop stop =
            GracefulStop.of(control, config.recovery().grace(), training::abandon, screen)) {
          train(training, control, start, directory, configText, provenance);
          // Before the hook is let go: what follows it needs Spark to have ended.
          spark.stop();
        }
      }
    }
  }

  private void train(
      RecoveringTraining training,
      RunControl control,
      StartingPoint start,
      RunDirectory directory,
      String configText,
      Map<String, String> provenance)
      throws IOException {
    try {
      screen.println(training.train(start, directory, configText, provenance).render());
    } catch (StoppedException stopped) {
      screen.println(stopped.getMessage());
    } catch (EngineOutage outage) {
      if (!control.requested()) {
        throw outage;
      }
      screen.printf(
          "stopped within step %d; submit the run id again to go on from its newest checkpoint%n",
          training.completedSteps() + 1);
    }
  }

  private static RunLease lease(Path run, RunConfig config, Configuration hadoop) {
    try {
      return RunLease.acquire(Storage.fileSystem(run, hadoop), run, config.run().lease());
    } catch (IOException e) {
      throw RunDirectoryException.unwritable(run, e);
    }
  }

  @Override
  public Configuration hadoop() {
    return new Cluster(spark).hadoop();
  }
}
