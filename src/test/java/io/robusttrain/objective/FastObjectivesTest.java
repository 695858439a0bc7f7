package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ProjectedGradientDescent;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.ModelRegistry;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Objectives of fast adversarial training against steps that PyTorch computed with the arithmetic
 * of the papers' code, a batch of eight and the same draws.
 */
@Numeric
class FastObjectivesTest {
  private static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final SafetensorsFixture EXPECTED =
      SafetensorsFixture.read("golden/objective/fast.safetensors");
  private static final int BATCH = 8;
  private static final int IMAGE = 3 * 16 * 16;
  private static final double RADIUS = 8 / 255.0;
  private static final Criterion PLAIN = new Criterion(0);

  private FlatParameters parameters;
  private BatchStatistics statistics;
  private ToyCnn model;
  private final List<float[]> trainedOn = new ArrayList<>();
  private final List<float[]> weightsSeen = new ArrayList<>();

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(MODEL);
    statistics = new BatchStatistics(ToyCnn.LAYOUT, ComputeDevice.CPU);
    model = new ToyCnn(parameters);
  }

  @AfterEach
  void stop() {
    statistics.close();
    parameters.close();
  }

  @Test
  void weightPerturbationIsTheReferences() {
    float[] before = Tensors.toArray(parameters.values());
    Objective objective = new AdversarialWeightPerturbation(new StandardCrossEntropy(0.1), 0.01, 0);
    StepOutcome outcome = run(objective, 0, 0, RADIUS);
    assertThat(outcome.meanLoss()).isCloseTo(EXPECTED.floats("awp.loss")[0], within(1e-5));
    assertGradients("awp");
    assertThat(Tensors.toArray(parameters.values())).as("put back").isEqualTo(before);
    assertThat(weightsSeen.get(0)).isEqualTo(before);
    for (ParameterSpec spec : ToyCnn.LAYOUT.specs()) {
      int from = ToyCnn.LAYOUT.offset(spec.name());
      int to = from + Math.toIntExact(spec.elements());
      boolean moves = spec.shape().size() > 1;
      double relative = distance(before, weightsSeen.get(1), from, to) / length(before, from, to);
      assertThat(relative).as(spec.name()).isCloseTo(moves ? 0.01 : 0, within(1e-6));
    }
  }

  @Test
  void weightPerturbationWaitsForItsWarmUp() {
    Objective plain = new StandardCrossEntropy(0.1);
    run(new AdversarialWeightPerturbation(plain, 0.01, 3), 0, 0, RADIUS);
    float[] waiting = Tensors.toArray(parameters.gradients());
    parameters.zeroGradients();
    run(plain, 0, 0, RADIUS);
    assertThat(waiting).isEqualTo(Tensors.toArray(parameters.gradients()));
  }

  @Test
  void weightsArePutBackIfTheStepFails() {
    float[] before = Tensors.toArray(parameters.values());
    Objective failing = new AdversarialWeightPerturbation(new StandardCrossEntropy(0.1), 0.01, 0);
    int[] forwards = {0};
    Classifier broken =
        (pixels, pass) -> {
          if (++forwards[0] == 2) {
            throw new IllegalStateException("second forward");
          }
          return model.forward(pixels, pass);
        };
    assertThatThrownBy(() -> run(broken, failing, 0, 0, RADIUS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("second forward");
    assertThat(Tensors.toArray(parameters.values())).isEqualTo(before);
  }

  @Test
  void noiseFgsmIsTheReferences() {
    run(new NoiseFgsm(PLAIN, 2, 1, TrainingAttack.Mode.EVAL), 0, 0, RADIUS);
    assertClose(trainedOn.get(0), EXPECTED.floats("nfgsm.attacked"), 1e-6);
    assertGradients("nfgsm");
    float[] clean = MODEL.floats("x");
    double farthest = 0;
    for (int i = 0; i < BATCH * IMAGE; i++) {
      farthest = Math.max(farthest, Math.abs(trainedOn.get(0)[i] - clean[i]));
    }
    assertThat(farthest).as("outside the ball").isBetween(2 * RADIUS, 3 * RADIUS + 1e-6);
  }

  @Test
  void noiseFgsmCountsItsForwards() {
    Objective training = new NoiseFgsm(PLAIN, 2, 1, TrainingAttack.Mode.TRAIN);
    assertThat(training.statisticsUpdates(RADIUS).count()).isEqualTo(2);
    run(training, 0, 0, RADIUS);
    assertThat(trainedOn).hasSize(2);
    assertThat(training.statisticsUpdates(0).count()).isEqualTo(1);
    run(training, 0, 0, 0);
    assertThat(trainedOn.get(2)).isEqualTo(Arrays.copyOf(MODEL.floats("x"), BATCH * IMAGE));
  }

  @Test
  void gradientAlignmentIsTheReferences() {
    double radius = 0.25; // wide enough that the gradients differ
    ProjectedGradientDescent fgsm =
        new ProjectedGradientDescent(
            ThreatModel.linf(radius), 1, radius, ProjectedGradientDescent.Start.CLEAN);
    Objective objective =
        new GradientAlignment(PLAIN, new TrainingAttack(fgsm, TrainingAttack.Mode.EVAL), 20);
    StepOutcome outcome = run(objective, 0, 0, radius);
    assertThat(outcome.meanLoss()).isCloseTo(EXPECTED.floats("align.loss")[0], within(1e-5));
    assertGradients("align");
    assertThat(EXPECTED.floats("align.reg")[0]).as("the term counts").isGreaterThan(0.1f);
  }

  /** Fused attention has no second derivative. */
  @ParameterizedTest
  @CsvSource({
    "deit_tiny_patch16_224, blocks.0.attn.qkv.weight",
    "xcit_nano_12_p16_224, blocks.0.attn.qkv.weight"
  })
  void gradientAlignmentGoesThroughAttention(String name, String weight) {
    Architecture architecture =
        ModelRegistry.create(
            name,
            ModelOptions.none()
                .with("img_size", 16)
                .with("patch_size", 4)
                .with("embed_dim", 16)
                .with("depth", 2)
                .with("num_heads", 2)
                .withNumClasses(10));
    TrainingAttack fgsm =
        new TrainingAttack(ProjectedGradientDescent.fgsm(RADIUS), TrainingAttack.Mode.EVAL);
    float[] plain = aligned(architecture, new GradientAlignment(PLAIN, fgsm, 0), weight);
    float[] aligned = aligned(architecture, new GradientAlignment(PLAIN, fgsm, 10), weight);
    assertThat(aligned).isNotEqualTo(plain).doesNotContain(Float.NaN);
  }

  private static float[] aligned(Architecture architecture, Objective objective, String weight) {
    try (FlatParameters weights = new FlatParameters(architecture.layout(), ComputeDevice.CPU);
        BatchStatistics scratch = new BatchStatistics(architecture.layout(), ComputeDevice.CPU);
        Classifier attention = architecture.bind(weights);
        MicroBatchStep step = new MicroBatchStep(attention, weights, scratch, objective)) {
      architecture.initialize(weights, SeedKey.of(1));
      run(step, 0, 0, RADIUS);
      return Tensors.toArray(weights.gradient(weight));
    }
  }

  @Test
  void gradientAlignmentCountsItsForwards() {
    Objective training =
        new GradientAlignment(
            PLAIN,
            new TrainingAttack(ProjectedGradientDescent.fgsm(RADIUS), TrainingAttack.Mode.TRAIN),
            0.2);
    assertThat(training.statisticsUpdates(RADIUS).count()).isEqualTo(4);
    run(training, 0, 0, RADIUS);
    assertThat(trainedOn).hasSize(4);
    assertThat(training.statisticsUpdates(0).count()).isEqualTo(1);
  }

  @Test
  void freeTrainingIsTheReferences() {
    Objective objective = new FreeAdversarialTraining(PLAIN, 3);
    assertThat(objective.replays()).isEqualTo(3);
    StepOutcome outcome = null;
    try (MicroBatchStep step = step(model, objective)) {
      for (int first : new int[] {0, 0, 0, BATCH}) {
        if (outcome != null) {
          descend(0.1);
        }
        parameters.zeroGradients();
        outcome = run(step, first, 0, RADIUS);
      }
      assertThat(outcome.meanLoss()).isCloseTo(EXPECTED.floats("free.loss")[0], within(1e-5));
      assertGradients("free");

      // A new epoch begins without a perturbation.
      run(step, 0, 1, RADIUS);
    }
    float[] clean = MODEL.floats("x");
    assertThat(trainedOn.get(0)).isEqualTo(Arrays.copyOf(clean, BATCH * IMAGE));
    assertThat(trainedOn.get(3))
        .isNotEqualTo(Arrays.copyOfRange(clean, BATCH * IMAGE, 2 * BATCH * IMAGE));
    assertThat(trainedOn.get(4)).isEqualTo(Arrays.copyOf(clean, BATCH * IMAGE));
  }

  /** Gradient descent on all parameters; running statistics are not theirs to move. */
  private void descend(double rate) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard inPlace = new NoGradGuard()) {
      int count = ToyCnn.LAYOUT.parameterCount();
      parameters
          .values()
          .narrow(0, 0, count)
          .sub_(parameters.gradients().narrow(0, 0, count), new Scalar(rate));
    }
  }

  private StepOutcome run(Objective objective, int first, int epoch, double radius) {
    return run(model, objective, first, epoch, radius);
  }

  private StepOutcome run(
      Classifier classifier, Objective objective, int first, int epoch, double radius) {
    try (MicroBatchStep step = step(classifier, objective)) {
      return run(step, first, epoch, radius);
    }
  }

  private MicroBatchStep step(Classifier classifier, Objective objective) {
    Classifier watched =
        (pixels, pass) -> {
          if (pass instanceof ForwardPass.Train) {
            trainedOn.add(Tensors.toArray(pixels));
            weightsSeen.add(Tensors.toArray(parameters.values()));
          }
          return classifier.forward(pixels, pass);
        };
    return new MicroBatchStep(watched, parameters, statistics, objective);
  }

  private static StepOutcome run(MicroBatchStep step, int first, int epoch, double radius) {
    NoiseSource noise = batch -> images(EXPECTED.floats("noise"), 0);
    MicroBatchContext context =
        new MicroBatchContext(
            radius, noise, SeedKey.of(3), 1, new MicroBatchContext.Slot(epoch, 0));
    try (PointerScope scope = new PointerScope()) {
      Tensor labels =
          Tensors.labels(
              Arrays.copyOfRange(MODEL.ints("y_int32"), first, first + BATCH), ComputeDevice.CPU);
      return step.run(Pixels.of(images(MODEL.floats("x"), first)), labels, context);
    }
  }

  private static Tensor images(float[] values, int first) {
    return Tensors.of(
        Arrays.copyOfRange(values, first * IMAGE, (first + BATCH) * IMAGE),
        ComputeDevice.CPU,
        BATCH,
        3,
        16,
        16);
  }

  /** All gradients, and the batch statistics where running ones have theirs. */
  private void assertGradients(String name) {
    for (ParameterSpec spec : ToyCnn.LAYOUT.specs()) {
      float[] expected = EXPECTED.floats(name + "." + spec.name());
      double largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      float[] actual = Tensors.toArray(parameters.gradient(spec.name()));
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) actual[i])
            .as("%s %s[%d]", name, spec.name(), i)
            .isCloseTo(expected[i], within(1e-4 * largest));
      }
    }
  }

  private static void assertClose(float[] actual, float[] expected, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(tolerance));
    }
  }

  private static double distance(float[] one, float[] other, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      double difference = (double) one[i] - other[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private static double length(float[] values, int from, int to) {
    return distance(values, new float[values.length], from, to);
  }
}
