package io.robusttrain.train.plan;

import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.train.worker.ImageSource;
import io.robusttrain.train.worker.MixedSource;
import io.robusttrain.train.worker.TrainingJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A run that was checked against its data and its cluster, before anything expensive starts. Made
 * by {@link RunPlanner}.
 *
 * @param run the configuration of the whole run
 * @param config that of the stage that is planned; {@code run} itself if it has no stages
 * @param architecture with the normalisation as its first layer
 * @param preprocessing of the model's input
 * @param classNames in index order
 * @param job what the workers get
 * @param validation how the validation split is evaluated: as in the last stage
 * @param topology workers and replicas
 * @param memory what an executor and the driver need
 * @param course the stages of the run, of which this is one
 */
public record RunPlan(
    RunConfig run,
    RunConfig config,
    Architecture architecture,
    Preprocessing preprocessing,
    List<String> classNames,
    TrainingJob job,
    ValidationPlan validation,
    Topology topology,
    MemoryPlan memory,
    Course course) {
  /** The name of the fact that tells what the data were. */
  public static final String DATA_FACT = Provenance.DATA;

  /** The name of the fact that tells what the helper model was. */
  public static final String HELPER_FACT = "helper_sha256";

  /**
   * The executors of a run.
   *
   * @param executors one worker each
   * @param coresPerExecutor that Spark gives to an executor
   * @param heapBytes of an executor's Java heap, what objects can use
   * @param nativeBytes what an executor's process may use beyond its heap
   * @param driverHeapBytes of the driver's Java heap, what objects can use
   * @param heapShare of a heap's size as options name it, what objects can use: some collectors
   *     keep a part free to copy into
   * @param memoryFraction the share of a heap that Spark stores and computes in
   * @param local whether the executors are threads of the driver, whose heap they then share
   * @param underWay whether the run has begun, so that only what cannot go on is a problem
   */
  public record Topology(
      int executors,
      int coresPerExecutor,
      long heapBytes,
      long nativeBytes,
      long driverHeapBytes,
      double heapShare,
      double memoryFraction,
      boolean local,
      boolean underWay) {
    /** Spark's default of {@code spark.memory.fraction}. */
    public static final double MEMORY_FRACTION = 0.6;

    /** Executors of their own, with a driver whose heap is not bounded. */
    public Topology(int executors, int coresPerExecutor, long heapBytes, long nativeBytes) {
      this(
          executors,
          coresPerExecutor,
          heapBytes,
          nativeBytes,
          Long.MAX_VALUE,
          1,
          MEMORY_FRACTION,
          false,
          false);
    }

    /** With another number of executors of the same size, for a run that has begun. */
    public Topology with(int others) {
      return new Topology(
          others,
          coresPerExecutor,
          heapBytes,
          nativeBytes,
          driverHeapBytes,
          heapShare,
          memoryFraction,
          local,
          true);
    }
  }

  /** Multiply-adds of a training forward of an image, without the tokens that are left out. */
  public long trainingMacsPerImage() {
    return config
        .model()
        .tokenDropping()
        .map(architecture::macsPerImage)
        .orElseGet(architecture::macsPerImage);
  }

  /** How many times the work of a usual step the largest one is: its attack may be guided. */
  public double largestStep() {
    AttackConfig attack = config.attack();
    // Of an image: each attack step goes forward and back, the training step back twice as far.
    return attack
        .reinforced()
        .map(more -> (2.0 * more.steps() + 3) / (2.0 * attack.steps() + 3))
        .orElse(1.0);
  }

  /** Optimiser steps of an epoch. */
  public int stepsPerEpoch() {
    return job.clock().stepsPerEpoch();
  }

  /** Optimiser steps of the run. */
  public long totalSteps() {
    return course.totalSteps();
  }

  /** The stage's place among those of the run, from 0. */
  public int stage() {
    return course.spanOf(job.clock().start().step());
  }

  /** The step behind the last one of the stage, which the run's end may cut short. */
  public long endStep() {
    return Math.min(course.totalSteps(), course.spans().get(stage()).endStep());
  }

  /** Whether the run ends with this stage. */
  public boolean endsRun() {
    return endStep() == totalSteps();
  }

  /** Epochs that the run begins: fewer than configured if {@code train.max-steps} ends it. */
  public int begunEpochs() {
    return course.begunEpochs();
  }

  /** Bytes of the flat vector as it is exchanged. */
  public long exchangedBytes() {
    return (long) config.distribution().compression().elementBytes() * architecture.layout().size();
  }

  /** How many model replicas an executor has. */
  public int replicas() {
    return job.threads().replicas();
  }

  /** Whether so many executors can share the micro-batches of a step equally. */
  boolean isSharedBy(int executors) {
    return job.order().lanes() % (executors * replicas()) == 0;
  }

  /** The images of the stage: of its size, and augmented as it says. */
  public ImageSource images() {
    return job.samples() instanceof MixedSource mixed
        ? mixed.primary()
        : (ImageSource) job.samples();
  }

  /** Images of the validation split. */
  public long validationSamples() {
    return validation.images().validation().sampleCount();
  }

  /** The splits that are read: training, validation, further training images. */
  public List<ImageSet> dataSets() {
    List<ImageSet> sets = new ArrayList<>();
    sets.add(validation.images().train());
    sets.add(validation.images().validation());
    if (job.samples() instanceof MixedSource mixed) {
      sets.add(mixed.extra());
    }
    return sets;
  }

  /**
   * A hash of names, rows and sizes of all shards, in hexadecimal: another data set has another
   * one, wherever it lies.
   */
  public String dataFingerprint() {
    return ImageSet.fingerprint(dataSets());
  }

  /** A hash of the helper model's weights, in hexadecimal, wherever they lie; none without one. */
  public Optional<String> helperFingerprint() {
    return job.objective()
        .frozenModel()
        .filter(HelperModel.class::isInstance)
        .map(model -> ((HelperModel) model).sha256());
  }

  /** What tells this run's inputs from others, by name: what a checkpoint is compared with. */
  public Map<String, String> fingerprints() {
    Map<String, String> facts = new TreeMap<>();
    facts.put(DATA_FACT, dataFingerprint());
    helperFingerprint().ifPresent(hash -> facts.put(HELPER_FACT, hash));
    return facts;
  }

  /** The card that is written beside the weights that are trained. */
  public ModelCard card(Optional<Scores> scores, Map<String, String> provenance) {
    return card(architecture, preprocessing, scores, provenance);
  }

  /** The card that is written beside weights as they are validated. */
  public ModelCard validatedCard(Optional<Scores> scores, Map<String, String> provenance) {
    return card(job.validated(), validation.preprocessing(), scores, provenance);
  }

  private ModelCard card(
      Architecture model,
      Preprocessing input,
      Optional<Scores> scores,
      Map<String, String> provenance) {
    return new ModelCard(
        ArchitectureCard.of(model.name(), model.arguments()),
        new PreprocessingCard(
            List.of(3, input.height(), input.width()),
            input.interpolation(),
            input.cropFraction(),
            input.mean(),
            input.std()),
        classNames,
        scores,
        Provenance.of(provenance));
  }
}
