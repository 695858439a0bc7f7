package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ProjectedGradientDescent;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.TrainingAttack.Mode;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Losses and parameter gradients against formulas in PyTorch, float64, on the small network with
 * given attacked images and two wrong labels among eight.
 */
@Numeric
class ObjectiveOracleTest {
  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final SafetensorsFixture ORACLE =
      SafetensorsFixture.read("golden/training/toy_objectives.safetensors");
  private static final TrainingAttack ATTACK =
      new TrainingAttack(ProjectedGradientDescent.fgsm(8 / 255.0), Mode.EVAL);
  private static final Criterion PLAIN = new Criterion(0);
  private static final Criterion BINARY = new Criterion(Criterion.Loss.BINARY_CROSS_ENTROPY, 0.1);
  private static final int BATCH = 8;

  private FlatParameters parameters;
  private BatchStatistics statistics;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(FIXTURE);
    statistics = new BatchStatistics(ToyCnn.LAYOUT, ComputeDevice.CPU);
  }

  @AfterEach
  void stop() {
    statistics.close();
    parameters.close();
  }

  @Test
  void mart() {
    Mart mart = new Mart(PLAIN, ATTACK, 5);
    assertThat(mart.statisticsUpdates(0.01).count()).isEqualTo(2);
    check("mart", onRecordedAttack(mart));
  }

  @Test
  void hat() {
    Hat hat = new Hat(new Trades(PLAIN, ATTACK, 2.5), 0.5, 2, device -> new TurnedCnn());
    assertThat(hat.statisticsUpdates(0.01).count()).isEqualTo(3);
    check("hat", onRecordedAttack(hat));
  }

  @Test
  void binaryCrossEntropy() {
    check("bce", new StandardCrossEntropy(BINARY));
  }

  @Test
  void softCrossEntropyOfMixedImages() {
    check(
        "mixup.ce",
        mixing(new Mixup.Mixing.Blend(0.3), new StandardCrossEntropy(new Criterion(0.1))));
  }

  @Test
  void binaryCrossEntropyOfCutImages() {
    check(
        "cutmix.bce", mixing(new Mixup.Mixing.Cut(3, 9, 10, 16), new StandardCrossEntropy(BINARY)));
  }

  @Test
  void softTargetsAreThoseOfTheReference() {
    SafetensorsFixture oracle = SafetensorsFixture.read("golden/training/soft_targets.safetensors");
    float[] classes = oracle.floats("mix.y");
    int[] labels = new int[classes.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (int) classes[i];
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor own = Tensors.labels(labels, ComputeDevice.CPU);
      Targets mixed = Targets.of(new Targets.Mixture(own, own.flip(0), 0.3));
      Targets pure = Targets.of(new Targets.Mixture(own, own.flip(0), 1));
      assertThat(Tensors.toArray(mixed.shares(10, 0.1)))
          .containsExactly(oracle.floats("mix.target_lam0.3_smooth0.1"), within(1e-7f));
      assertThat(Tensors.toArray(pure.shares(10, 0.1)))
          .containsExactly(oracle.floats("mix.target_lam1.0_smooth0.1"), within(1e-7f));
      assertThat(Tensors.toArray(Targets.of(own).shares(10, 0.1)))
          .containsExactly(oracle.floats("mix.target_lam1.0_smooth0.1"), within(1e-7f));
      // The heavier class is what attacks take.
      assertThat(Tensors.toArray(mixed.labels())).isEqualTo(Tensors.toArray(own.flip(0)));
      assertThat(Tensors.toArray(pure.labels())).isEqualTo(Tensors.toArray(own));

      Tensor logits = Tensors.of(oracle.floats("kl.logits"), ComputeDevice.CPU, 6, 10);
      Tensor other = Tensors.of(oracle.floats("kl.logits_adv"), ComputeDevice.CPU, 6, 10);
      Criterion criterion = new Criterion(0.1);
      assertThat((float) Tensors.scalar(criterion.mean(logits, mixed)))
          .isCloseTo(oracle.floats("soft_ce")[0], within(1e-6f));
      assertThat((float) Tensors.scalar(Divergence.sum(other, logits.softmax(1))) / 6)
          .isCloseTo(oracle.floats("kl.trades_term")[0], within(1e-6f));
      // Soft and hard cross entropy agree where nothing is mixed.
      assertThat(Tensors.scalar(criterion.mean(logits, pure)))
          .isCloseTo(Tensors.scalar(criterion.mean(logits, Targets.of(own))), within(1e-6));
    }
  }

  /** Too many are refused where they happen; too few would move the running statistics wrongly. */
  @ParameterizedTest
  @ValueSource(doubles = {8 / 255.0, 0})
  void everyObjectiveAnnouncesItsTrainingForwards(double radius) {
    ProjectedGradientDescent pgd = ProjectedGradientDescent.linf(8 / 255.0, 2);
    for (AttackTarget target : AttackTarget.values()) {
      for (Mode mode : Mode.values()) {
        TrainingAttack attack = new TrainingAttack(pgd, mode, target, TrainingAttack.Memory.NONE);
        countForwards(new Mart(PLAIN, attack, 5), radius);
        countForwards(
            new AdversarialCrossEntropy(
                BINARY, attack, AdversarialCrossEntropy.CleanForward.UPDATES_STATISTICS),
            radius);
        if (target == AttackTarget.NONE) {
          Trades trades = new Trades(PLAIN, attack, 6);
          countForwards(trades, radius);
          countForwards(new Hat(trades, 0.5, 2, device -> new TurnedCnn()), radius);
          countForwards(
              new MixedObjective(new Mixup(1, 1, 1, 0.5, Integer.MAX_VALUE), trades), radius);
        }
      }
    }
  }

  private void countForwards(Objective objective, double radius) {
    int[] forwards = {0};
    ToyCnn model = new ToyCnn(parameters);
    Classifier watched =
        (pixels, pass) -> {
          forwards[0] += pass instanceof ForwardPass.Train ? 1 : 0;
          return model.forward(pixels, pass);
        };
    try (PointerScope scope = new PointerScope();
        MicroBatchStep step = new MicroBatchStep(watched, parameters, statistics, objective)) {
      step.run(
          Pixels.of(images(FIXTURE.floats("x"))),
          Tensors.labels(ORACLE.ints("y"), ComputeDevice.CPU),
          MicroBatchContext.of(SeedKey.of(0), radius, 1));
    }
    assertThat(forwards[0])
        .as("%s", objective)
        .isEqualTo(objective.statisticsUpdates(radius).count());
  }

  @Test
  void refusesImpossibleWeights() {
    assertThatThrownBy(() -> new Trades(PLAIN, ATTACK, -1))
        .hasMessage("beta must be a finite number of at least 0: -1.0");
    assertThatThrownBy(() -> new Mart(PLAIN, ATTACK, Double.NaN)).hasMessageContaining("beta");
    TrainingAttack targeted =
        new TrainingAttack(
            ATTACK.descent(), Mode.EVAL, AttackTarget.RANDOM, TrainingAttack.Memory.NONE);
    assertThatThrownBy(() -> new Trades(PLAIN, targeted, 6))
        .hasMessage("the attack of TRADES has no target classes");
  }

  private void check(String name, Objective objective) {
    try (PointerScope scope = new PointerScope();
        ToyCnn model = new ToyCnn(parameters);
        MicroBatchStep step = new MicroBatchStep(model, parameters, statistics, objective)) {
      StepOutcome outcome =
          step.run(
              Pixels.of(images(FIXTURE.floats("x"))),
              Tensors.labels(ORACLE.ints("y"), ComputeDevice.CPU),
              MicroBatchContext.of(SeedKey.of(0), 8 / 255.0, 1));
      assertThat((float) outcome.meanLoss())
          .isCloseTo(ORACLE.floats(name + ".loss")[0], within(2e-6f));
    }
    for (String tensor : new String[] {"conv1.weight", "bn2.weight", "fc.bias"}) {
      assertThat(Tensors.toArray(parameters.gradient(tensor)))
          .as(tensor)
          .containsExactly(ORACLE.floats(name + ".grad." + tensor), within(5e-6f));
    }
  }

  private static Tensor images(float[] values) {
    return Tensors.of(Arrays.copyOf(values, BATCH * 768), ComputeDevice.CPU, BATCH, 3, 16, 16);
  }

  private static Objective onRecordedAttack(Objective objective) {
    return new Changed(objective, step -> step, step -> Pixels.of(images(ORACLE.floats("x_adv"))));
  }

  private static Objective mixing(Mixup.Mixing mixing, Objective objective) {
    return new Changed(
        objective,
        step -> {
          Mixup.Mixed mixed = Mixup.apply(mixing, step.clean(), step.targets().labels());
          return step.with(mixed.pixels(), mixed.targets());
        },
        objective::attack);
  }

  /** The stored network with the classes turned by one. */
  private static final class TurnedCnn implements Classifier {
    private final FlatParameters stored = ToyCnn.parameters(FIXTURE);
    private final ToyCnn model = new ToyCnn(stored);

    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      return model.forward(pixels, pass).roll(new long[] {1}, 1);
    }

    @Override
    public void close() {
      stored.close();
    }
  }
}
