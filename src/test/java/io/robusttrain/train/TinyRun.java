package io.robusttrain.train;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.engine.SharingWorkerTask;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerTask;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.speed.InProcessEngine;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.guard.GapMeasure;
import io.robusttrain.train.guard.Probe;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import io.robusttrain.train.plan.StagedPlan;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.recovery.StoragePatience;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * Runs of a tiny model without Spark, on one worker in this thread: two epochs of five steps. What
 * happens to them can be chosen by step.
 */
public final class TinyRun {
  /** Images of the training split: five steps an epoch, the last of them half full. */
  public static final int TRAIN = 72;

  public static final int VALIDATION = 40;
  public static final int STEPS_PER_EPOCH = 5;
  public static final double LEARNING_RATE = 2e-3;

  /** The model and its two epochs. */
  public static final List<String> TASK =
      List.of(
          "model.name=xcit_nano_12_p8_32",
          "model.img-size=32",
          "model.embed-dim=32",
          "model.depth=1",
          "model.num-heads=2",
          "model.drop-path=0.1",
          "train.epochs=2",
          "train.global-batch=16",
          "train.micro-batch=4",
          "optim.lr=" + LEARNING_RATE,
          "lr-schedule.warmup-epochs=1",
          "lr-schedule.cooldown-epochs=0",
          "validation.batch=16",
          // Each epoch's probe has two pieces, but not by far more attack steps than the epoch.
          "guard.probe.samples=32",
          "guard.probe.steps=2");

  private static final List<String> SETTINGS =
      List.of(
          "eps-schedule.type=constant",
          "checkpoint.every-time=0 s",
          "checkpoint.keep=99",
          "report.html=false");

  private final Path folder;
  private final List<String> settings;
  private LongConsumer afterStep = step -> {};
  private IntConsumer beforeRound = round -> {};
  private Supplier<Set<String>> departing = Set::of;
  private LongSupplier nanoTime = System::nanoTime;
  private RunControl control = new RunControl();
  private Configuration hadoop = new Configuration();
  private Fence fence = Fence.none();
  private StoragePatience.Time storageTime = StoragePatience.Time.system();
  private String forgotten = "";
  private List<Double> gaps = List.of();

  private TinyRun(Path folder, List<String> settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /** Draws the images of the runs of a folder. */
  public static void drawImages(Path folder) throws IOException {
    DrawnImages.draw(folder.resolve("data"), 32, TRAIN, VALIDATION, 16);
  }

  /** A run on the images of a folder. */
  public static TinyRun of(Path folder, String... changes) {
    List<String> all = new ArrayList<>(TASK);
    all.addAll(SETTINGS);
    all.add("data.path=" + folder.resolve("data"));
    all.add("run.dir=" + folder.resolve("runs"));
    all.addAll(List.of(changes));
    return new TinyRun(folder, all);
  }

  /** The network of such runs, without stochastic depth. */
  public static Architecture network(int classes) {
    return ModelRegistry.create(
        "xcit_nano_12_p8_32",
        ModelOptions.none()
            .with("img_size", 32)
            .with("embed_dim", 32)
            .with("depth", 1)
            .with("num_heads", 2)
            .withNumClasses(classes));
  }

  /** With something that happens after each step, before checkpoints are due. */
  public TinyRun afterStep(LongConsumer action) {
    afterStep = action;
    return this;
  }

  /** With something that happens before each round of a validation, of which an epoch has two. */
  public TinyRun beforeRound(IntConsumer action) {
    beforeRound = action;
    return this;
  }

  /**
   * With gaps between one attack step and many that are not the model's, one for each probe of a
   * process; then the last one again.
   */
  public TinyRun gaps(Double... each) {
    gaps = List.of(each);
    return this;
  }

  /** With executors that were told to end. */
  public TinyRun departing(Supplier<Set<String>> executors) {
    departing = executors;
    return this;
  }

  public TinyRun clock(LongSupplier nanos) {
    nanoTime = nanos;
    return this;
  }

  public TinyRun control(RunControl who) {
    control = who;
    return this;
  }

  /** On other file systems than those of a plain configuration. */
  public TinyRun on(Configuration fileSystems) {
    hadoop = fileSystems;
    return this;
  }

  /** Owned by somebody who may lose it. */
  public TinyRun ownedBy(Fence owner) {
    fence = owner;
    return this;
  }

  /** With a time of its own while it waits for its storage. */
  public TinyRun waitingBy(StoragePatience.Time time) {
    storageTime = time;
    return this;
  }

  /** As an earlier release would have written it, which did not know a fact. */
  public TinyRun without(String fact) {
    forgotten = fact;
    return this;
  }

  public Path directory(String id) {
    return folder.resolve("runs").resolve(id);
  }

  /** How the run of an id is planned. */
  public RunPlan plan(String id) {
    return plan(config(id));
  }

  /** What the run of an id would go on from. */
  public StartingPoint startingPoint(String id) {
    RunConfig config = config(id);
    return startingPoint(config, stages(config));
  }

  /** The plan of the run of an id, for one executor, on file systems of one's own. */
  public RunPlan plan(String id, Configuration hadoop) {
    return plan(config(id), hadoop);
  }

  private RunConfig config(String id) {
    List<String> all = new ArrayList<>(settings);
    all.add("run.id=" + id);
    return ConfigLoader.load(List.of(), all);
  }

  private RunPlan plan(RunConfig config) {
    return stages(config).last();
  }

  private static RunPlan plan(RunConfig config, Configuration hadoop) {
    return stages(config, hadoop).last();
  }

  /** How the stages of the run of an id are planned. */
  public StagedPlan stages(String id) {
    return stages(config(id));
  }

  private StagedPlan stages(RunConfig config) {
    return stages(config, hadoop);
  }

  private static StagedPlan stages(RunConfig config, Configuration hadoop) {
    RunPlan.Topology topology = new RunPlan.Topology(1, 1, 1L << 40, 1L << 40);
    return new RunPlanner(config, hadoop, topology).stages();
  }

  private StartingPoint startingPoint(RunConfig config, StagedPlan stages) {
    return StartingPoint.find(
        stages, new org.apache.hadoop.fs.Path(config.run().dir(), config.run().id().get()), hadoop);
  }

  /** Trains to the end, or to what ends it. */
  public ResultTable train(String id) throws IOException {
    RunConfig config = config(id);
    StagedPlan stages = stages(config);
    StartingPoint start = startingPoint(config, stages);
    NativeRuntime.load();
    Map<String, String> provenance = provenance(stages.last());
    String text = ConfigRenderer.render(config);
    RunDirectory directory = open(config, id, text, provenance);
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    while (true) {
      try (TrainingEngine<ReplicaWorker> engine = engine(start.plan())) {
        TrainingRun run =
            new TrainingRun(start, directory, engine, text, provenance, control)
                .timedBy(nanoTime)
                .waitingBy(storageTime);
        if (!gaps.isEmpty()) {
          run.probedBy(scripted());
        }
        Optional<ResultTable> end = run.train(nowhere);
        if (end.isPresent()) {
          return end.get();
        }
      }
      start = start.again(directory.path(), hadoop);
    }
  }

  private GapMeasure scripted() {
    Deque<Double> rest = new ArrayDeque<>(gaps);
    return (weights, radius) -> {
      double gap = rest.size() > 1 ? rest.remove() : rest.element();
      return new Probe.Result(0.75, gap + 0.125, 0.125);
    };
  }

  /** Trains to the end, over whatever losses the action after a step throws. */
  public ResultTable recover(String id, EngineHost host, PrintStream screen) throws IOException {
    RunConfig config = config(id);
    StagedPlan stages = stages(config);
    StartingPoint start = startingPoint(config, stages);
    NativeRuntime.load();
    Map<String, String> provenance = provenance(stages.last());
    String text = ConfigRenderer.render(config);
    RunDirectory directory = open(config, id, text, provenance);
    return new RecoveringTraining(stages, hadoop, host, control, screen)
        .waitingBy(storageTime)
        .train(start, directory, text, provenance);
  }

  /** An engine in this thread. */
  public TrainingEngine<ReplicaWorker> engine(RunPlan plan) {
    return new Stepwise(
        new InProcessEngine<>(ReplicaWorker.factory(plan.job())),
        afterStep,
        new Rounds(beforeRound),
        departing);
  }

  private Map<String, String> provenance(RunPlan plan) {
    Map<String, String> provenance = new TreeMap<>(plan.fingerprints());
    provenance.remove(forgotten);
    return provenance;
  }

  private RunDirectory open(
      RunConfig config, String id, String text, Map<String, String> provenance) {
    return RunDirectory.open(
        new org.apache.hadoop.fs.Path(config.run().dir()), id, hadoop, text, provenance, fence);
  }

  public MetricsLog.Content metrics(String id) throws IOException {
    org.apache.hadoop.fs.Path run = new org.apache.hadoop.fs.Path(config(id).run().dir(), id);
    return MetricsLog.read(Storage.fileSystem(run, new Configuration()), RunDirectory.metrics(run));
  }

  public List<String> checkpoints(String id) throws IOException {
    try (Stream<Path> names = Files.list(directory(id).resolve("checkpoints"))) {
      return names.map(name -> name.getFileName().toString()).sorted().toList();
    }
  }

  /** Counts the rounds of all validations, from 1. */
  private static final class Rounds {
    private final IntConsumer action;
    private int begun;

    Rounds(IntConsumer action) {
      this.action = action;
    }

    void before(Object task) {
      if (task.getClass().getName().startsWith(Validator.class.getName())) {
        action.accept(++begun);
      }
    }
  }

  /** Calls somebody after each step, and before each round of a validation. */
  private record Stepwise(
      TrainingEngine<ReplicaWorker> engine,
      LongConsumer afterStep,
      Rounds rounds,
      Supplier<Set<String>> executors)
      implements TrainingEngine<ReplicaWorker> {
    @Override
    public WorkerPlace topology() {
      return engine.topology();
    }

    @Override
    public void run(float[] weights, long firstStep, long endStep, StepObserver observer) {
      engine.run(
          weights,
          firstStep,
          endStep,
          new StepObserver() {
            @Override
            public void onStep(StepReport report) {
              observer.onStep(report);
              afterStep.accept(report.step());
            }

            @Override
            public boolean pausesAfter(long step) {
              return observer.pausesAfter(step);
            }

            @Override
            public void onPause(long completedSteps) {
              observer.onPause(completedSteps);
            }

            @Override
            public boolean wantsEnd() {
              return observer.wantsEnd();
            }
          });
    }

    @Override
    public float[] weights() {
      return engine.weights();
    }

    @Override
    public Set<String> departing() {
      return executors.get();
    }

    @Override
    public <R> List<R> onEveryWorker(WorkerTask<ReplicaWorker, R> task) {
      rounds.before(task);
      return engine.onEveryWorker(task);
    }

    @Override
    public <S, R> List<R> onEveryWorker(S shared, SharingWorkerTask<S, ReplicaWorker, R> task) {
      rounds.before(task);
      return engine.onEveryWorker(shared, task);
    }

    @Override
    public void abandon(String reason) {
      engine.abandon(reason);
    }

    @Override
    public void close() {
      engine.close();
    }
  }
}
