package io.robusttrain.train.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.bigdl.BigDlEngine;
import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.collective.CollectiveEngine;
import io.robusttrain.collective.CollectiveOptions;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.load.StepSamples;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.engine.StepFault;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.optim.AdamW;
import io.robusttrain.optim.SliceState;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateSchedule;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.SeedKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One micro-batch on one worker is not finite: no worker applies the step. */
@Tag("slow")
class SkippedStepTest {
  private static final int SIDE = 16;
  private static final int LANES = 4;
  private static final int BATCH = 2 * LANES;
  private static final int BAD_LANE = 2;
  private static final int STEPS = 3;
  private static SparkContext spark;

  private final Architecture architecture =
      ModelRegistry.create(
          "resnet18_32",
          ModelOptions.none()
              .with("img_size", SIDE)
              .with("layers", List.of(1, 1, 1, 1))
              .with("channels", List.of(4, 4, 4, 4))
              .withNumClasses(2));

  /** Black images; in one step, one micro-batch is white. */
  private record BlackAndWhite(long badStep) implements SupplyFactory {
    @Override
    public SampleSupply training(BatchOrder order, long seed, int[] lanes, int decodeThreads) {
      return new SampleSupply() {
        @Override
        public StepSamples load(long epoch, int stepInEpoch) {
          return new StepSamples(
              epoch,
              stepInEpoch,
              Arrays.stream(lanes).mapToObj(lane -> batch(epoch, lane)).toList(),
              List.of());
        }

        @Override
        public void close() {}
      };
    }

    private MicroBatch batch(long step, int lane) {
      int size = BATCH / LANES;
      byte[] pixels = new byte[size * 3 * SIDE * SIDE];
      if (step == badStep && lane == BAD_LANE) {
        Arrays.fill(pixels, (byte) 255);
      }
      return new MicroBatch(lane, new long[] {lane, lane + 10}, pixels, new int[] {0, 1});
    }
  }

  /** What was there after each step. */
  @SuppressWarnings("ArrayRecordComponent") // compared element by element
  private record After(float[] weights, List<SliceState> slices) {}

  private static final class Recorder implements StepObserver {
    private final TrainingEngine<ReplicaWorker> engine;
    private final List<StepReport> reports = new ArrayList<>();
    private final List<After> states = new ArrayList<>();

    Recorder(TrainingEngine<ReplicaWorker> engine) {
      this.engine = engine;
    }

    @Override
    public void onStep(StepReport report) {
      reports.add(report);
    }

    @Override
    public boolean pausesAfter(long step) {
      return true;
    }

    @Override
    public void onPause(long completedSteps) {
      states.add(
          new After(
              engine.weights(), engine.onEveryWorker((worker, place) -> worker.optimizerState())));
    }
  }

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("skip")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @ParameterizedTest
  @CsvSource({
    // workers, replicas, compression or engine, norm to clip at (0: none), step of white images
    "1, 1, none, 0, 1",
    "2, 1, none, 0, 1",
    "1, 2, none, 0.5, 1",
    "2, 1, none, 0.5, 1",
    "2, 1, fp16, 0, 1",
    "2, 1, none, 0, 0",
    "1, 2, collective, 0, 1",
    "2, 1, collective, 0.5, 1",
    "2, 1, collective, 0, 0"
  })
  void changesNothingAnywhere(
      int workers, int replicas, String exchange, double maxNorm, int badStep) {
    Recorder recorder = train(workers, replicas, exchange, maxNorm, badStep);
    for (StepReport report : recorder.reports) {
      boolean bad = report.step() == badStep;
      assertThat(report.faults())
          .isEqualTo(
              bad
                  ? List.of(new StepFault(badStep, BAD_LANE, "the output of conv1 (conv2d)"))
                  : List.of());
      assertThat(Double.isNaN(report.loss())).isEqualTo(bad);
      assertThat(Double.isNaN(report.gradientNorm())).isEqualTo(bad);
    }
    assertThat(recorder.states).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      After after = recorder.states.get(step);
      long applied = step < badStep ? step + 1 : step;
      assertThat(after.slices()).hasSize(workers).allMatch(slice -> slice.steps() == applied);
      float[] before = step == 0 ? weights() : recorder.states.get(step - 1).weights();
      if (step == badStep) {
        assertThat(after.weights()).isEqualTo(before);
        for (int worker = 0; worker < workers; worker++) {
          for (String moment : after.slices().get(worker).moments().keySet()) {
            assertThat(after.slices().get(worker).moments().get(moment))
                .isEqualTo(moment(recorder, step - 1, worker, moment, after));
          }
        }
      } else {
        assertThat(after.weights()).isNotEqualTo(before);
      }
    }
  }

  private static float[] moment(
      Recorder recorder, int step, int worker, String moment, After after) {
    return step < 0
        ? new float[after.slices().get(worker).length()]
        : recorder.states.get(step).slices().get(worker).moments().get(moment);
  }

  private Recorder train(int workers, int replicas, String exchange, double maxNorm, int badStep) {
    TrainingJob job =
        new TrainingJob(
            architecture,
            architecture,
            new StandardCrossEntropy(new Criterion(0)),
            new StepClock(
                1,
                new EpsilonSchedule.Constant(0, 0, Granularity.EPOCH),
                new LearningRateSchedule.Constant(
                    0.01, new LearningRateSchedule.WarmUp(0, 0), Granularity.EPOCH)),
            new AdamW(architecture.layout(), 0),
            new BatchOrder(
                List.of(BATCH), BATCH, BATCH / LANES, 1, new ShuffleMode.Full(), LastBatch.DROP),
            new BlackAndWhite(badStep),
            1,
            ComputeDevice.CPU,
            replicas == 1 ? ThreadPlan.oneReplica(1) : ThreadPlan.replicaPerCore(replicas),
            Fp32Precision.IEEE);
    int size = architecture.layout().size();
    int parameters = architecture.layout().parameterCount();
    OptionalDouble norm = maxNorm == 0 ? OptionalDouble.empty() : OptionalDouble.of(maxNorm);
    WorkerFactory<ReplicaWorker> factory = ReplicaWorker.factory(job);
    try (TrainingEngine<ReplicaWorker> engine =
        exchange.equals("collective")
            ? new CollectiveEngine<>(
                spark, new CollectiveOptions(workers, replicas, size, parameters, norm), factory)
            : new BigDlEngine<>(
                spark,
                new EngineOptions(workers, replicas, size, parameters, exchange, norm),
                factory)) {
      Recorder recorder = new Recorder(engine);
      engine.run(weights(), 0, STEPS, recorder);
      return recorder;
    }
  }

  /** White images are too much for the first layer, black ones are not. */
  private float[] weights() {
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, SeedKey.of(3));
      float[] weights = new float[architecture.layout().size()];
      parameters.store(weights, 0);
      int start = architecture.layout().offset("conv1.weight");
      Arrays.fill(weights, start, start + 4 * 3 * 3 * 3, 1e38f);
      return weights;
    }
  }
}
