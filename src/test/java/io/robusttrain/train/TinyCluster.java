package io.robusttrain.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Fence;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import io.robusttrain.train.plan.StagedPlan;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.recovery.StoragePatience;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * Executors that are numbers: an engine trains on as many workers in this thread as its plan has.
 * How many executors there are, and which are lost, is said by step. One run a cluster.
 */
final class TinyCluster implements EngineHost {
  private final Path folder;
  private final int planned;
  private final List<String> settings;
  private final List<Integer> engines = new ArrayList<>();
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private LongConsumer afterStep = step -> {};
  private Runnable afterEngine = () -> {};
  private RunControl control = new RunControl();
  private Configuration hadoop = new Configuration();
  private StoragePatience.Time storageTime = StoragePatience.Time.system();
  private int available;
  private int idle;

  /**
   * A cluster on which all executors are there.
   *
   * @param folder with the images of {@link TinyRun#drawImages}
   * @param executors that runs plan with
   * @param changes of the configuration of {@link TinyRun#TASK}
   */
  TinyCluster(Path folder, int executors, String... changes) {
    this.folder = folder;
    this.planned = executors;
    this.available = executors;
    this.settings = new ArrayList<>(TinyRun.TASK);
    settings.addAll(
        List.of(
            "eps-schedule.type=constant",
            "checkpoint.every-time=0 s",
            "checkpoint.keep=99",
            "guard.no-learning.action=off",
            "report.html=false",
            "data.path=" + folder.resolve("data"),
            "run.dir=" + folder.resolve("runs")));
    settings.addAll(List.of(changes));
  }

  /** With something that happens after each step, before checkpoints are due. */
  TinyCluster afterStep(LongConsumer action) {
    afterStep = action;
    return this;
  }

  /** With something that happens whenever an engine ends. */
  TinyCluster afterEngine(Runnable action) {
    afterEngine = action;
    return this;
  }

  /** With somebody who may ask the run to end. */
  TinyCluster control(RunControl who) {
    control = who;
    return this;
  }

  /** On other file systems than those of a plain configuration, and a time while they are away. */
  TinyCluster on(Configuration fileSystems, StoragePatience.Time time) {
    hadoop = fileSystems;
    storageTime = time;
    return this;
  }

  /** So many executors are there now. */
  void have(int executors) {
    available = executors;
  }

  /** One executor is lost now, and with it the engine. */
  void lose() {
    available--;
    throw new EngineOutage(EngineOutage.Kind.EXECUTOR_LOST, "executor 1 was lost", null);
  }

  /** The next engine with more workers than this finds executors that take no work yet. */
  void refuseOnceAbove(int workers) {
    idle = workers;
  }

  /** How many workers the engines had, one after the other. */
  List<Integer> engines() {
    return engines;
  }

  /** What a user saw. */
  String screen() {
    return screen.toString(UTF_8);
  }

  Path directory(String id) {
    return folder.resolve("runs").resolve(id);
  }

  MetricsLog.Content metrics(String id) throws IOException {
    return MetricsLog.read(
        FileSystem.getLocal(new Configuration()).getRawFileSystem(),
        new org.apache.hadoop.fs.Path(directory(id).resolve("metrics.jsonl").toUri()));
  }

  /** Trains to the end, over everything that happens. */
  void train(String id) throws IOException {
    List<String> all = new ArrayList<>(settings);
    all.add("run.id=" + id);
    RunConfig config = ConfigLoader.load(List.of(), all);
    RunPlan.Topology topology = new RunPlan.Topology(planned, 1, 1L << 40, 1L << 40);
    StagedPlan stages = new RunPlanner(config, hadoop, topology).stages();
    NativeRuntime.load();
    Map<String, String> provenance = Map.of("data_sha256", stages.last().dataFingerprint());
    String text = ConfigRenderer.render(config);
    org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(config.run().dir());
    RunDirectory directory = RunDirectory.open(root, id, hadoop, text, provenance, Fence.none());
    StartingPoint start = StartingPoint.find(stages, directory.path(), hadoop);
    PrintStream out = new PrintStream(screen, true, UTF_8);
    new RecoveringTraining(stages, hadoop, this, control, out)
        .waitingBy(storageTime)
        .train(start, directory, text, provenance);
  }

  @Override
  public TrainingEngine<ReplicaWorker> open(RunPlan plan) {
    int workers = plan.topology().executors();
    if (idle > 0 && workers > idle) {
      idle = 0;
      throw new IllegalStateException("Spark put %d workers on only [0]".formatted(workers));
    }
    engines.add(workers);
    return new SummingEngine<>(
        workers, 1, ReplicaWorker.factory(plan.job()), s -> afterStep.accept(s)) {
      @Override
      public void close() {
        super.close();
        afterEngine.run();
      }
    };
  }

  @Override
  public void cancel() {
    throw new UnsupportedOperationException("nothing here is waited for");
  }

  @Override
  public int await(int wanted, Duration departures, Duration patience, BooleanSupplier givenUp) {
    return available;
  }
}
