package io.robusttrain.train.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.MixedPrecision;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.Precision;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where steps are computed and how exactly, and that evaluations between them are exact. */
class StepArithmeticTest {
  private static final WorkerPlace PLACE = new WorkerPlace(0, 1, 1);
  private static final Architecture NETWORK =
      ModelRegistry.create(
          "xcit_nano_12_p8_32",
          ModelOptions.of(Map.of("img_size", 16, "embed_dim", 8, "depth", 1, "num_heads", 2)));

  @Test
  void stepsTakeTf32AndEvaluationsFloat32() {
    SyntheticTraining training = new SyntheticTraining(NETWORK, 2, 2, ThreadPlan.oneReplica(1), 1);
    FloatSlice weights = FloatSlice.of(training.initialWeights());
    FloatSlice gradients = FloatSlice.of(new float[weights.length()]);
    try (ReplicaWorker worker = ReplicaWorker.factory(tf32(training)).create(PLACE)) {
      for (int step = 0; step < 2; step++) {
        worker.load(step);
        worker.compute(step, 0, weights, gradients);
        assertThat(Fp32Precision.chosen()).isEqualTo(Fp32Precision.TF32);
        assertThat(worker.onEveryReplica((replica, index) -> Fp32Precision.chosen()))
            .isEqualTo(List.of(Fp32Precision.IEEE));
      }
      worker.compute(1, 0, weights, gradients);
    }
    assertThat(Fp32Precision.chosen()).as("afterwards").isEqualTo(Fp32Precision.IEEE);
  }

  /** What a GPU would be given; a CPU computes the same with it. */
  private static TrainingJob tf32(SyntheticTraining training) {
    try (ReplicaWorker worker = training.workerFactory().create(PLACE)) {
      TrainingJob job = worker.job();
      return new TrainingJob(
          job.architecture(),
          job.validated(),
          job.objective(),
          job.clock(),
          job.optimizer(),
          job.order(),
          job.samples(),
          job.seed(),
          job.device(),
          job.threads(),
          Fp32Precision.TF32);
    }
  }

  @Test
  void aWordSaysWhereForwardsAndProductsLoseDigits() {
    for (String word : List.of("fp32", "tf32", "bf16")) {
      assertThat(StepArithmetic.of(ComputeDevice.CUDA, word).word()).isEqualTo(word);
    }
    assertThat(StepArithmetic.of(ComputeDevice.CPU, "fp32")).isEqualTo(StepArithmetic.CPU);
    assertThatThrownBy(() -> StepArithmetic.of(ComputeDevice.CPU, "tf32"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a CPU has no TF32: compute on a GPU, or in fp32");
    SyntheticTraining mixed =
        new SyntheticTraining(
            NETWORK,
            2,
            2,
            ThreadPlan.oneReplica(1),
            1,
            StepArithmetic.of(ComputeDevice.CPU, "bf16"));
    try (ReplicaWorker worker = mixed.workerFactory().create(PLACE)) {
      assertThat(worker.job().objective())
          .isInstanceOfSatisfying(
              MixedPrecision.class,
              objective -> assertThat(objective.attack()).isEqualTo(Precision.BF16));
    }
  }
}
