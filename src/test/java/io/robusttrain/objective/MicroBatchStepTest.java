package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.AdversarialCrossEntropy.CleanForward;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Numeric
class MicroBatchStepTest {
  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final int IMAGE = 3 * 16 * 16;
  private static final double RADIUS = 8 / 255.0;
  private static final ProjectedGradientDescent PGD = ProjectedGradientDescent.linf(RADIUS, 2);
  private static final int STATISTICS = ToyCnn.LAYOUT.start(Segment.STATISTICS);

  private FlatParameters parameters;
  private BatchStatistics statistics;
  private ToyCnn model;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(FIXTURE);
    statistics = new BatchStatistics(ToyCnn.LAYOUT, ComputeDevice.CPU);
    model = new ToyCnn(parameters);
  }

  @AfterEach
  void stop() {
    statistics.close();
    parameters.close();
  }

  @Test
  void anAttackKeepsNothingForTheGradientsOfParameters() {
    parameters.freeze(Set.of("conv1.bias"));
    List<String> during = new ArrayList<>();
    Objective watched =
        new Changed(
            new StandardCrossEntropy(0.1),
            step -> step,
            step -> {
              during.addAll(differentiated());
              return step.clean();
            });
    List<String> before = differentiated();
    run(model, watched, 0, 8, context(1, 1));
    assertThat(during).isEmpty();
    assertThat(differentiated()).isEqualTo(before).isNotEmpty().doesNotContain("conv1.bias");
  }

  @Test
  void parametersAreDifferentiatedAgainAfterAnAttackThatFails() {
    Objective failing =
        new Changed(
            new StandardCrossEntropy(0.1),
            step -> step,
            step -> {
              throw new IllegalStateException("no attack");
            });
    List<String> before = differentiated();
    assertThatThrownBy(() -> run(model, failing, 0, 8, context(1, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no attack");
    assertThat(differentiated()).isEqualTo(before);
  }

  private List<String> differentiated() {
    return ToyCnn.LAYOUT.specs().stream()
        .map(ParameterSpec::name)
        .filter(name -> parameters.value(name).requires_grad())
        .toList();
  }

  @Test
  void addsTheWeightedGradientOfTheMeanLoss() {
    Objective objective = new StandardCrossEntropy(0.1);
    float[] expected;
    double loss;
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = model.forward(images(0, 8), ForwardPass.train(statistics, SeedKey.of(0)));
      Tensor mean = CrossEntropy.mean(logits, labels(0, 8), 0.1);
      mean.backward();
      loss = mean.item_double();
      expected = Tensors.toArray(parameters.gradients());
      System.arraycopy(
          Tensors.toArray(statistics.flat()), 0, expected, STATISTICS, ToyCnn.statistics());
    }
    parameters.zeroGradients();
    StepOutcome outcome = run(model, objective, 0, 8, context(1, 0.25));
    StepOutcome again = run(model, objective, 0, 8, context(1, 0.5));

    float[] actual = Tensors.toArray(parameters.gradients());
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          // A quarter and a half are exact; their sum rounds.
          .isCloseTo(
              0.75f * expected[i], within((float) (2 * Rounding.UNIT) * Math.abs(expected[i])));
    }
    assertThat(outcome.meanLoss()).isEqualTo(again.meanLoss()).isEqualTo(loss);
    assertThat(outcome.samples()).isEqualTo(8);
    assertThat(outcome.correct()).isBetween(0, 8);
    assertThat(outcome.trainNanos()).isPositive();
  }

  @Test
  void trainModeAttackMovesStatisticsAsTorchDoesForwardByForward() {
    Objective objective =
        new AdversarialCrossEntropy(
            new Criterion(0.1),
            new TrainingAttack(PGD, TrainingAttack.Mode.TRAIN),
            CleanForward.UPDATES_STATISTICS);
    float[] running =
        Arrays.copyOfRange(Tensors.toArray(parameters.values()), STATISTICS, ToyCnn.LAYOUT.size());
    double[] sequential = new double[running.length];
    for (int i = 0; i < running.length; i++) {
      sequential[i] = running[i];
    }
    List<SeedKey> dropPathKeys = new ArrayList<>();
    Classifier watched =
        (pixels, pass) -> {
          Tensor logits = model.forward(pixels, pass);
          dropPathKeys.add(((ForwardPass.Train) pass).dropPathKey());
          float[] seen = Tensors.toArray(statistics.flat());
          for (int i = 0; i < seen.length; i++) {
            sequential[i] = 0.9 * sequential[i] + 0.1 * seen[i];
          }
          return logits;
        };
    run(watched, objective, 0, 8, context(1, 1));

    assertThat(dropPathKeys).hasSize(4).doesNotHaveDuplicates();
    double momentum = objective.statisticsUpdates(RADIUS).effectiveMomentum();
    float[] gradients = Tensors.toArray(parameters.gradients());
    for (int i = 0; i < running.length; i++) {
      double moved = (1 - momentum) * running[i] + momentum * gradients[STATISTICS + i];
      // Both are float64 over float32 statistics, of which one is rounded once more.
      double rounding = 2 * Rounding.UNIT * (Math.abs(sequential[i]) + Math.abs(running[i]));
      assertThat(moved).isCloseTo(sequential[i], within(rounding));
    }
    assertThat(Tensors.toArray(parameters.values()))
        .endsWith(running); // the values themselves wait for the optimiser
  }

  @Test
  void evalModeAttackUsesRunningStatisticsOnly() {
    List<ForwardPass> passes = new ArrayList<>();
    Classifier watched =
        (pixels, pass) -> {
          passes.add(pass);
          return model.forward(pixels, pass);
        };
    run(watched, new AdversarialCrossEntropy(0.1, PGD), 0, 8, context(1, 1));
    assertThat(passes).hasSize(3);
    assertThat(passes.subList(0, 2)).containsOnly(ForwardPass.eval());
    assertThat(passes.get(2)).isInstanceOf(ForwardPass.Train.class);
  }

  @Test
  void zeroRadiusTrainsOnCleanImages() {
    MicroBatchContext still = MicroBatchContext.of(SeedKey.of(1), 0, 1);
    StepOutcome attacked = run(model, new AdversarialCrossEntropy(0.1, PGD), 0, 8, still);
    float[] gradients = Tensors.toArray(parameters.gradients());
    parameters.zeroGradients();
    StepOutcome clean = run(model, new StandardCrossEntropy(0.1), 0, 8, still);
    assertThat(attacked.meanLoss()).isEqualTo(clean.meanLoss());
    assertThat(Tensors.toArray(parameters.gradients())).isEqualTo(gradients);
  }

  @Test
  void equalKeysGiveEqualBits() {
    Objective objective = new AdversarialCrossEntropy(0.1, PGD);
    StepOutcome first = run(model, objective, 0, 8, context(5, 1));
    float[] gradients = Tensors.toArray(parameters.gradients());
    parameters.zeroGradients();
    StepOutcome second = run(model, objective, 0, 8, context(5, 1));
    assertThat(second.meanLoss()).isEqualTo(first.meanLoss());
    assertThat(Tensors.toArray(parameters.gradients())).isEqualTo(gradients);
    parameters.zeroGradients();
    run(model, objective, 0, 8, context(6, 1));
    assertThat(Tensors.toArray(parameters.gradients())).isNotEqualTo(gradients);
  }

  @Test
  void leavesNoNativeHandleBehind() {
    Objective objective =
        new AdversarialCrossEntropy(
            new Criterion(0.1),
            new TrainingAttack(PGD, TrainingAttack.Mode.TRAIN),
            CleanForward.UPDATES_STATISTICS);
    run(model, objective, 0, 8, context(0, 1));
    long before = NativeRuntime.liveHandles();
    for (int i = 1; i <= 20; i++) {
      run(model, objective, 0, 8, context(i, 1));
    }
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
  }

  @Test
  void refusesLabelsThatDoNotFit() {
    MicroBatchStep step =
        new MicroBatchStep(model, parameters, statistics, new StandardCrossEntropy(0));
    try (PointerScope scope = new PointerScope()) {
      Pixels pixels = Pixels.of(images(0, 4));
      assertThatThrownBy(() -> step.run(pixels, labels(0, 3), context(1, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("4 images, 3 labels");
      for (int bad : new int[] {10, -1, -100}) {
        Tensor wrong = Tensors.labels(new int[] {0, 1, 2, bad}, ComputeDevice.CPU);
        assertThatThrownBy(() -> step.run(pixels, wrong, context(1, 1)))
            .isInstanceOf(RuntimeException.class)
            .hasMessageContaining("Target " + bad + " is out of bounds");
      }
    }
    assertThatThrownBy(() -> context(1, 0)).hasMessageContaining("must be above 0: 0.0");
  }

  private static MicroBatchContext context(long seed, double weight) {
    return MicroBatchContext.of(SeedKey.of(seed), RADIUS, weight);
  }

  private StepOutcome run(
      Classifier classifier, Objective objective, int from, int count, MicroBatchContext context) {
    try (PointerScope scope = new PointerScope()) {
      return new MicroBatchStep(classifier, parameters, statistics, objective)
          .run(Pixels.of(images(from, count)), labels(from, count), context);
    }
  }

  private static Tensor images(int from, int count) {
    float[] part = Arrays.copyOfRange(FIXTURE.floats("x"), from * IMAGE, (from + count) * IMAGE);
    return Tensors.of(part, ComputeDevice.CPU, count, 3, 16, 16);
  }

  private static Tensor labels(int from, int count) {
    return Tensors.labels(
        Arrays.copyOfRange(FIXTURE.ints("y_int32"), from, from + count), ComputeDevice.CPU);
  }
}
