package io.robusttrain.train.plan;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.data.DataException;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.objective.Objective;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.train.worker.ImageSource;
import io.robusttrain.train.worker.SupplyFactory;
import io.robusttrain.train.worker.ThreadPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/** Makes the parts of a stage, or says everything that stands against it. */
final class StagePlanner {
  private final RunConfig config;
  private final Configuration hadoop;
  private final RunParts parts;
  private final RunPlan.Topology topology;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * Plans one stage.
   *
   * @param config of the stage, valid by itself
   * @param hadoop names the file systems
   * @param topology the executors there are
   */
  StagePlanner(RunConfig config, Configuration hadoop, RunPlan.Topology topology) {
    this.config = config;
    this.hadoop = hadoop;
    this.parts = new RunParts(config, hadoop);
    this.topology = topology;
  }

  /**
   * Checks the configuration against the data and the cluster.
   *
   * @param train the split that is trained on
   * @param validation the split that is validated on
   * @throws DataException if the data is unusable
   * @throws ConfigException with all that does not fit together
   */
  StageDraft draft(ImageSet train, ImageSet validation) {
    checkClasses(train, validation);
    checkDevice();
    ThreadPlan threads = threads();
    Optional<ExtraData> extra = ExtraData.open(config, hadoop, train);
    BatchOrder order = order(train, extra);
    checkLanes(threads);
    int classes = train.classNames().size();
    Optional<Architecture> model =
        orProblem("model", () -> ConfiguredModel.create(config.model(), classes));
    Optional<TrainedLayers> layers =
        model.flatMap(found -> orProblem("optim", () -> TrainedLayers.of(config.optim(), found)));
    throwProblems();
    Preprocessing preprocessing = parts.preprocessing(model.orElseThrow());
    TrainedLayers trained = layers.orElseThrow();
    Architecture architecture = NormalizedArchitecture.of(trained.architecture(), preprocessing);
    Objective objective = parts.objective(architecture, preprocessing);
    MemoryPlan memory =
        MemoryPlan.of(config, architecture, train, validation, order, threads, topology.executors())
            .withObjective(objective, architecture, threads, config.train().microBatch())
            .withAverages(AverageRules.count(config), architecture, topology.executors())
            .withImages(extra.map(more -> more.heldBytes(order, topology.executors())).orElse(0L));
    ImageSource images = parts.images(train, validation, preprocessing);
    SupplyFactory samples =
        extra
            .<SupplyFactory>map(further -> further.mixedWith(images, order.shuffle()))
            .orElse(images);
    return new StageDraft(
        config,
        parts,
        preprocessing,
        architecture,
        trained,
        objective,
        order,
        images,
        samples,
        threads,
        memory);
  }

  private void checkClasses(ImageSet train, ImageSet validation) {
    if (!train.classNames().equals(validation.classNames())) {
      throw new DataException(
          "%s: splits %s and %s have different classes (%d and %d): prepare them together"
              .formatted(
                  config.data().path(),
                  train.split(),
                  validation.split(),
                  train.classNames().size(),
                  validation.classNames().size()));
    }
    int classes = train.classNames().size();
    config
        .model()
        .numClasses()
        .toOptional()
        .filter(wanted -> wanted != classes)
        .ifPresent(
            wanted ->
                problem(
                    "model.num-classes",
                    "is %d, but %s has %d classes: leave it at auto"
                        .formatted(wanted, config.data().path(), classes)));
  }

  private void checkDevice() {
    if (!device().available()) {
      problem(
          "device",
          "is %s, but libtorch finds no such device here: use device=cpu, or a GPU build on a machine with one"
              .formatted(config.device()));
    } else if (config.device().matches("cuda:0*[1-9]\\d*")) {
      problem(
          "device",
          "is %s, but a process computes on the first GPU that it sees: use device=cuda and choose the GPU with CUDA_VISIBLE_DEVICES"
              .formatted(config.device()));
    }
  }

  private ComputeDevice device() {
    return RunParts.device(config);
  }

  private ThreadPlan threads() {
    int cores = topology.coresPerExecutor();
    int replicas =
        switch (config.distribution().replicas()) {
          case EXECUTOR -> 1;
          case CORE -> cores;
          case AUTO -> sharingReplicas(cores);
        };
    ThreadPlan plan = ThreadPlan.sharedCores(replicas, cores);
    return plan.with(
        config.distribution().threads().orElse(plan.intraOp()),
        config.data().decodeThreads().orElse(plan.decode()));
  }

  /** The most replicas of an executor that all get as many micro-batches of a step. */
  private int sharingReplicas(int cores) {
    return IntStream.iterate(cores, replicas -> replicas > 1, replicas -> replicas - 1)
        .filter(replicas -> share(replicas).isEqual())
        .findFirst()
        .orElse(1);
  }

  private BatchOrder order(ImageSet train, Optional<ExtraData> extra) {
    int lanes = config.train().microBatchesPerStep();
    ShuffleMode blocks = new ShuffleMode.Blocks(Math.max(1, config.data().shuffleWindow() / lanes));
    ShuffleMode shuffle =
        switch (config.data().shuffle()) {
          case FULL -> new ShuffleMode.Full();
          case BLOCKS -> blocks;
          case AUTO ->
              train.encodedBytes() + extra.map(ExtraData::encodedBytes).orElse(0L)
                      <= config.data().cacheMemory()
                  ? new ShuffleMode.Full()
                  : blocks;
        };
    int own = extra.map(further -> further.share().primary()).orElse(config.train().microBatch());
    int batch = extra.isPresent() ? own * lanes : config.train().globalBatch();
    BatchOrder order =
        BatchOrder.of(train, batch, own, config.run().seed(), shuffle, config.data().lastBatch())
            .withRepeats(config.augment().repeats());
    if (order.stepsPerEpoch() < 1) {
      throw new DataException(
          "%s: %d samples do not fill one global batch of %d: lower train.global-batch or set data.last-batch=keep"
              .formatted(train, train.sampleCount(), batch));
    }
    return order;
  }

  private void checkLanes(ThreadPlan threads) {
    LaneShare share = share(threads.replicas());
    if (!share.isEqual()) {
      problem("train.global-batch", share.problem());
    }
  }

  private LaneShare share(int replicas) {
    return new LaneShare(config.train(), config.data().extra(), topology.executors(), replicas);
  }

  /** A part that follows from one group of keys, or nothing and a problem of that group. */
  private <T> Optional<T> orProblem(String group, Supplier<T> part) {
    try {
      return Optional.of(part.get());
    } catch (IllegalArgumentException wrong) {
      problem(group, wrong.getMessage());
      return Optional.empty();
    }
  }

  private void problem(String key, String message) {
    problems.add(Problem.of(key, message));
  }

  private void throwProblems() {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
