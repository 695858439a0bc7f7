package io.robusttrain.app;

import io.robusttrain.base.Secrets;
import io.robusttrain.checkpoint.CheckpointException;
import io.robusttrain.checkpoint.RunLease;
import io.robusttrain.checkpoint.RunLeaseException;
import io.robusttrain.checkpoint.Storage;
import io.robusttrain.config.ConfigRenderer;
import io.robusttrain.config.RunConfig;
import io.robusttrain.doctor.DoctorException;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.report.RunDirectory;
import io.robusttrain.report.RunDirectoryException;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.GuardException;
import io.robusttrain.train.PlanText;
import io.robusttrain.train.RunControl;
import io.robusttrain.train.RunPlan;
import io.robusttrain.train.RunPlanner;
import io.robusttrain.train.StartingPoint;
import io.robusttrain.train.StoppedException;
import io.robusttrain.train.recovery.RecoveryException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** {@code RobustTrain} on the cluster that spark-submit names: plan, run directory, engine, run. */
public final class TrainLauncher implements TrainRunner {
  private final SparkConf spark;
  private final PrintStream screen;

  /**
   * A launcher.
   *
   * @param spark spark-submit's settings
   * @param screen where plan, progress and results go
   */
  public TrainLauncher(SparkConf spark, PrintStream screen) {
    this.spark = spark;
    this.screen = new MaskedStream(screen);
  }

  /** A launcher with the settings that spark-submit gave to this process. */
  public static TrainLauncher submitted(PrintStream screen) {
    return new TrainLauncher(new SparkConf(), screen);
  }

  /** The exit codes of everything that a run throws. */
  public static ErrorReport errors() {
    return ErrorReport.standard()
        .with(CheckpointException.class, ExitCode.USAGE)
        .with(RunDirectoryException.class, ExitCode.USAGE)
        .with(DoctorException.class, ExitCode.USAGE)
        .with(GuardException.class, ExitCode.GUARD)
        .with(RecoveryException.class, ExitCode.FAILED)
        .with(RunLeaseException.class, ExitCode.FAILED);
  }

  @Override
  public void run(RunConfig config, TrainOptions options) throws IOException, InterruptedException {
    Cluster cluster = new Cluster(spark);
    Configuration hadoop = cluster.hadoop();
    List<String> refusals = cluster.refusals(config.device());
    RunPlan plan = new RunPlanner(config, hadoop, cluster.topology(config)).plan();
    String id = RunId.of(config, Instant.now());
    Path root = new Path(config.run().dir());
    ContainerFolder.refuse(spark, hadoop, "run.dir", root);
    StartingPoint start = StartingPoint.find(plan, new Path(root, id), hadoop);
    screen.print(PlanText.of(plan));
    start.lines().forEach(screen::println);
    refusals.forEach(screen::println);
    Preflight preflight = new Preflight(plan, cluster, hadoop, screen);
    if (options.mode() == TrainOptions.Mode.DRY_RUN) {
      preflight.checkDriver();
      return;
    }
    NativeRuntime.load();
    Map<String, String> provenance = new TreeMap<>(Versions.of(plan));
    provenance.putAll(start.provenance());
    provenance.replaceAll((name, value) -> Secrets.masked(value));
    String configText = ConfigRenderer.render(config);
    Path path = new Path(root, id);
    try (RunLease lease = lease(path, config, hadoop)) {
      // Whoever owned the run until now may have gone on meanwhile.
      start = StartingPoint.find(plan, path, hadoop);
      SparkContext context = new SparkContext(cluster.recovering("RobustTrain " + id));
      try {
        preflight.check(context);
        RunDirectory directory = RunDirectory.open(root, id, hadoop, configText, provenance, lease);
        screen.println("run        " + directory.path());
        RunControl control = new RunControl();
        RecoveringTraining training =
            new RecoveringTraining(plan, hadoop, context, control, screen);
        try (GracefulStop stop =
            GracefulStop.of(control, config.recovery().grace(), training::abandon, screen)) {
          train(training, control, start, directory, configText, provenance);
          // Before the hook is let go: what follows it needs Spark to have ended.
          context.stop();
        }
      } finally {
        context.stop();
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
