package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.loss.FreeAdversarialTraining;
import io.robusttrain.objective.loss.GradientAlignment;
import io.robusttrain.objective.loss.NoiseFgsm;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.oracle.Spread;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Objectives of fast adversarial training against steps that PyTorch computed in float32 with the
 * arithmetic of the papers' code, a batch of eight and the same draws. Our float64 steps must be
 * within float32's rounding of the recorded ones, and our float32 steps within it of those.
 */
@Numeric
class FastObjectivesTest {
  private static final SafetensorsFixture EXPECTED =
      SafetensorsFixture.read("golden/objective/fast.safetensors");
  private static final int BATCH = ToySteps.BATCH;
  private static final double RADIUS = 8 / 255.0;
  private static final Criterion PLAIN = new Criterion(0);

  private ToySteps toy;

  @BeforeEach
  void start() {
    Arithmetic.start();
    toy = new ToySteps(ScalarType.Float, Perturbation.NONE);
  }

  @AfterEach
  void stop() {
    toy.close();
  }

  @Test
  void weightPerturbationIsTheReferences() {
    assertReference("awp", weightPerturbation(0.01), RADIUS);
    double[] before = Doubles.of(toy.parameters.values());
    run(weightPerturbation(0.01), 0, 0, RADIUS);
    assertThat(Doubles.of(toy.parameters.values())).as("put back").isEqualTo(before);
    assertThat(toy.weightsSeen.get(0)).isEqualTo(before);
    for (ParameterSpec spec : ToyCnn.LAYOUT.specs()) {
      int from = ToyCnn.LAYOUT.offset(spec.name());
      int to = from + Math.toIntExact(spec.elements());
      boolean moves = spec.shape().size() > 1;
      double length = length(before, from, to);
      double relative = distance(before, toy.weightsSeen.get(1), from, to) / length;
      // Each moved weight is rounded once, at most by u of its size.
      assertThat(relative).as(spec.name()).isCloseTo(moves ? 0.01 : 0, within(2 * Rounding.UNIT));
    }
  }

  private static Objective weightPerturbation(double gamma) {
    return new AdversarialWeightPerturbation(new StandardCrossEntropy(0.1), gamma, 0);
  }

  @Test
  void weightPerturbationWaitsForItsWarmUp() {
    Objective plain = new StandardCrossEntropy(0.1);
    run(new AdversarialWeightPerturbation(plain, 0.01, 3), 0, 0, RADIUS);
    float[] waiting = Tensors.toArray(toy.parameters.gradients());
    toy.parameters.zeroGradients();
    run(plain, 0, 0, RADIUS);
    assertThat(waiting).isEqualTo(Tensors.toArray(toy.parameters.gradients()));
  }

  @Test
  void weightsArePutBackIfTheStepFails() {
    float[] before = Tensors.toArray(toy.parameters.values());
    int[] forwards = {0};
    Classifier broken =
        (pixels, pass) -> {
          if (++forwards[0] == 2) {
            throw new IllegalStateException("second forward");
          }
          return toy.model.forward(pixels, pass);
        };
    assertThatThrownBy(() -> run(broken, weightPerturbation(0.01), 0, 0, RADIUS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("second forward");
    assertThat(Tensors.toArray(toy.parameters.values())).isEqualTo(before);
  }

  @Test
  void noiseFgsmIsTheReferences() {
    Objective objective = new NoiseFgsm(PLAIN, 2, 1, TrainingAttack.Mode.EVAL);
    Spread spread = assertReference("nfgsm", objective, RADIUS);
    // A sum of three terms of at most 1, each rounded.
    assertThat(
            Doubles.largestDifference(
                spread.exact().get("trained-on.0"), Doubles.of(EXPECTED.floats("nfgsm.attacked"))))
        .isLessThan(4 * Rounding.UNIT);
    run(objective, 0, 0, RADIUS);
    float[] clean = ToySteps.pixels(0);
    double farthest = 0;
    for (int i = 0; i < clean.length; i++) {
      farthest = Math.max(farthest, Math.abs(toy.trainedOn.get(0)[i] - clean[i]));
    }
    assertThat(farthest)
        .as("outside the ball")
        .isBetween(2 * RADIUS, 3 * RADIUS + 4 * Rounding.UNIT);
  }

  @Test
  void noiseFgsmCountsItsForwards() {
    Objective training = new NoiseFgsm(PLAIN, 2, 1, TrainingAttack.Mode.TRAIN);
    assertThat(training.statisticsUpdates(RADIUS).count()).isEqualTo(2);
    run(training, 0, 0, RADIUS);
    assertThat(toy.trainedOn).hasSize(2);
    assertThat(training.statisticsUpdates(0).count()).isEqualTo(1);
    run(training, 0, 0, 0);
    assertThat(toy.trainedOn.get(2)).isEqualTo(Doubles.of(ToySteps.pixels(0)));
  }

  @Test
  void gradientAlignmentIsTheReferences() {
    // A radius wide enough that the gradients differ.
    Spread spread = assertReference("align", alignment(20), 0.25);
    assertThat(EXPECTED.floats("align.reg")[0]).as("the term counts").isGreaterThan(0.1f);
    assertThat(spread.exact().get("trained-on.0")).hasSize(BATCH * ToySteps.IMAGE);
  }

  private static Objective alignment(double lambda) {
    ProjectedGradientDescent fgsm =
        new ProjectedGradientDescent(
            ThreatModel.linf(0.25), 1, 0.25, ProjectedGradientDescent.Start.CLEAN);
    return new GradientAlignment(PLAIN, new TrainingAttack(fgsm, TrainingAttack.Mode.EVAL), lambda);
  }

  /** Weights a hundredth off, a lost term, steps that are too long or one too many. */
  @Test
  void tellsWrongRulesFromRounding() {
    TrainingAttack.Mode eval = TrainingAttack.Mode.EVAL;
    assertRefused("awp", weightPerturbation(0.0101), RADIUS);
    assertRefused(
        "awp", new AdversarialWeightPerturbation(new StandardCrossEntropy(0), 0.01, 0), RADIUS);
    assertRefused("nfgsm", new NoiseFgsm(PLAIN, 2.02, 1, eval), RADIUS);
    assertRefused("nfgsm", new NoiseFgsm(PLAIN, 2, 0.99, eval), RADIUS);
    assertRefused("nfgsm", new NoiseFgsm(PLAIN, 2, 1, TrainingAttack.Mode.TRAIN), RADIUS);
    assertRefused("align", alignment(20.5), 0.25);
    assertRefused("align", alignment(0), 0.25);
    assertThatThrownBy(() -> assertFreeTraining(2))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("recorded");
  }

  private void assertRefused(String name, Objective objective, double radius) {
    assertThatThrownBy(() -> assertReference(name, objective, radius))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("recorded");
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

  private float[] aligned(Architecture architecture, Objective objective, String weight) {
    try (FlatParameters weights = new FlatParameters(architecture.layout(), ComputeDevice.CPU);
        BatchStatistics scratch = new BatchStatistics(architecture.layout(), ComputeDevice.CPU);
        Classifier attention = architecture.bind(weights);
        MicroBatchStep step = new MicroBatchStep(attention, weights, scratch, objective)) {
      architecture.initialize(weights, SeedKey.of(1));
      run(toy, step, 0, 0, RADIUS);
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
    assertThat(toy.trainedOn).hasSize(4);
    assertThat(training.statisticsUpdates(0).count()).isEqualTo(1);
  }

  @Test
  void freeTrainingIsTheReferences() {
    Spread spread = assertFreeTraining(3);
    Map<String, double[]> exact = spread.exact();
    assertThat(exact.get("trained-on.0")).isEqualTo(Doubles.of(ToySteps.pixels(0)));
    assertThat(exact.get("trained-on.3")).isNotEqualTo(Doubles.of(ToySteps.pixels(BATCH)));
    assertThat(exact.get("trained-on.4"))
        .as("a new epoch begins without a perturbation")
        .isEqualTo(Doubles.of(ToySteps.pixels(0)));
  }

  private static Spread assertFreeTraining(int replays) {
    Objective objective = new FreeAdversarialTraining(PLAIN, replays);
    assertThat(objective.replays()).isEqualTo(replays);
    return assertReference("free", steps -> free(steps, objective));
  }

  private static Map<String, double[]> free(ToySteps steps, Objective objective) {
    try (MicroBatchStep step = steps.of(objective)) {
      StepOutcome outcome = null;
      for (int replay = 0; replay <= objective.replays(); replay++) {
        if (replay > 0) {
          steps.descend(0.1);
        }
        steps.parameters.zeroGradients();
        outcome = run(steps, step, replay == objective.replays() ? BATCH : 0, 0, RADIUS);
      }
      Map<String, double[]> results = steps.results(outcome);
      run(steps, step, 0, 1, RADIUS);
      results.putAll(Map.of("trained-on.4", steps.trainedOn.get(steps.trainedOn.size() - 1)));
      return results;
    }
  }

  private StepOutcome run(Objective objective, int first, int epoch, double radius) {
    return run(toy.model, objective, first, epoch, radius);
  }

  private StepOutcome run(
      Classifier classifier, Objective objective, int first, int epoch, double radius) {
    try (MicroBatchStep step = toy.of(objective, classifier)) {
      return run(toy, step, first, epoch, radius);
    }
  }

  private static StepOutcome run(
      ToySteps steps, MicroBatchStep step, int first, int epoch, double radius) {
    return steps.run(step, first, EXPECTED.floats("noise"), epoch, radius);
  }

  private static Spread assertReference(String name, Objective objective, double radius) {
    return assertReference(
        name,
        steps -> {
          try (MicroBatchStep step = steps.of(objective)) {
            return steps.results(run(steps, step, 0, 0, radius));
          }
        });
  }

  /** Loss, gradients and batch statistics, in float64 against the recording and in float32. */
  private static Spread assertReference(
      String name, Function<ToySteps, Map<String, double[]>> run) {
    // The recording has no sign on the other side of zero: changes that turn none are its bound.
    double turningNone = Rounding.UNIT;
    Spread small = Spread.of(turningNone, moved -> results(ScalarType.Double, moved, run));
    Spread spread = Spread.of(ToySteps.SIZE, moved -> results(ScalarType.Double, moved, run));
    Map<String, double[]> actual = results(ScalarType.Float, Perturbation.NONE, run);
    for (String result : spread.exact().keySet()) {
      if (result.startsWith("trained-on")) {
        spread.assertEachNear(result, actual.get(result));
      } else {
        if (EXPECTED.contains(name + "." + result)) {
          float[] recorded = EXPECTED.floats(name + "." + result);
          small.assertRecorded(result, recorded, ToySteps.SIZE / turningNone);
        }
        spread.assertNear(result, actual.get(result));
      }
    }
    return spread;
  }

  private static Map<String, double[]> results(
      ScalarType dtype, Perturbation moved, Function<ToySteps, Map<String, double[]>> run) {
    try (ToySteps steps = new ToySteps(dtype, moved)) {
      return run.apply(steps);
    }
  }

  private static double distance(double[] one, double[] other, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      double difference = one[i] - other[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private static double length(double[] values, int from, int to) {
    return distance(values, new double[values.length], from, to);
  }
}
