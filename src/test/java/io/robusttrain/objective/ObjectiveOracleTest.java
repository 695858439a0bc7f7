package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.TrainingAttack.Mode;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.Hat;
import io.robusttrain.objective.loss.Mart;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.objective.loss.Trades;
import io.robusttrain.objective.mix.MixedObjective;
import io.robusttrain.objective.mix.Mixup;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.oracle.Spread;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Losses and parameter gradients against formulas in PyTorch, float64, on the small network with
 * given attacked images and two wrong labels among eight: in float64 equal to the rounding of the
 * recording, in float32 within the spread of rounding.
 */
@Numeric
class ObjectiveOracleTest {
  private static final SafetensorsFixture ORACLE =
      SafetensorsFixture.read("golden/training/toy_objectives.safetensors");
  private static final TrainingAttack ATTACK =
      new TrainingAttack(ProjectedGradientDescent.fgsm(8 / 255.0), Mode.EVAL);
  private static final Criterion PLAIN = new Criterion(0);
  private static final Criterion BINARY = new Criterion(Criterion.Loss.BCE, 0.1);

  @BeforeEach
  void start() {
    Arithmetic.start();
  }

  @Test
  void martIsTheReferences() {
    Mart mart = new Mart(PLAIN, ATTACK, 5);
    assertThat(mart.statisticsUpdates(0.01).count()).isEqualTo(2);
    check("mart", dtype -> onRecordedAttack(mart, dtype));
    refuse("mart", dtype -> onRecordedAttack(new Mart(PLAIN, ATTACK, 5.00001), dtype));
    refuse("mart", dtype -> onRecordedAttack(new Trades(PLAIN, ATTACK, 5), dtype));
  }

  @Test
  void hatIsTheReferences() {
    assertThat(hat(ScalarType.Float, 2).statisticsUpdates(0.01).count()).isEqualTo(3);
    check("hat", dtype -> onRecordedAttack(hat(dtype, 2), dtype));
    refuse("hat", dtype -> onRecordedAttack(hat(dtype, 2.00001), dtype));
    refuse("hat", dtype -> onRecordedAttack(new Trades(PLAIN, ATTACK, 2.5), dtype));
  }

  private static Hat hat(ScalarType dtype, double distance) {
    Trades trades = new Trades(PLAIN, ATTACK, 2.5);
    return new Hat(trades, 0.5, distance, device -> new TurnedCnn(dtype));
  }

  @Test
  void binaryCrossEntropyIsTheReferences() {
    check("bce", dtype -> new StandardCrossEntropy(BINARY));
    Criterion smoother = new Criterion(Criterion.Loss.BCE, 0.10001);
    refuse("bce", dtype -> new StandardCrossEntropy(smoother));
    refuse("bce", dtype -> new StandardCrossEntropy(PLAIN));
  }

  @Test
  void softCrossEntropyOfMixedImagesIsTheReferences() {
    Objective soft = new StandardCrossEntropy(new Criterion(0.1));
    check("mixup.ce", dtype -> mixing(new Mixup.Mixing.Blend(0.3), soft));
    refuse("mixup.ce", dtype -> mixing(new Mixup.Mixing.Blend(0.30001), soft));
    refuse("mixup.ce", dtype -> new StandardCrossEntropy(new Criterion(0.1)));
  }

  @Test
  void binaryCrossEntropyOfCutImagesIsTheReferences() {
    Objective binary = new StandardCrossEntropy(BINARY);
    check("cutmix.bce", dtype -> mixing(new Mixup.Mixing.Cut(3, 9, 10, 16), binary));
    refuse("cutmix.bce", dtype -> mixing(new Mixup.Mixing.Cut(3, 9, 10, 15), binary));
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
      Tensor logits = Tensors.of(oracle.floats("kl.logits"), ComputeDevice.CPU, 6, 10);
      Targets mixed = Targets.of(new Targets.Mixture(own, own.flip(0), 0.3));
      Targets pure = Targets.of(new Targets.Mixture(own, own.flip(0), 1));
      assertThat(Tensors.toArray(mixed.shares(logits, 0.1)))
          .containsExactly(
              oracle.floats("mix.target_lam0.3_smooth0.1"), within((float) (2 * Rounding.UNIT)));
      assertThat(Tensors.toArray(pure.shares(logits, 0.1)))
          .containsExactly(
              oracle.floats("mix.target_lam1.0_smooth0.1"), within((float) (2 * Rounding.UNIT)));
      assertThat(Tensors.toArray(Targets.of(own).shares(logits, 0.1)))
          .containsExactly(
              oracle.floats("mix.target_lam1.0_smooth0.1"), within((float) (2 * Rounding.UNIT)));
      // The heavier class is what attacks take.
      assertThat(Tensors.toArray(mixed.labels())).isEqualTo(Tensors.toArray(own.flip(0)));
      assertThat(Tensors.toArray(pure.labels())).isEqualTo(Tensors.toArray(own));

      Tensor other = Tensors.of(oracle.floats("kl.logits_adv"), ComputeDevice.CPU, 6, 10);
      Criterion criterion = new Criterion(0.1);
      // Each of 60 terms is at most ten in size and rounded a few times.
      double rounding = Perturbation.ofSums(60) * 10;
      assertThat(criterion.mean(logits, mixed).item_double())
          .isCloseTo(oracle.floats("soft_ce")[0], within(rounding));
      assertThat(Divergence.sum(other.log_softmax(1), logits.log_softmax(1)).item_double() / 6)
          .isCloseTo(oracle.floats("kl.trades_term")[0], within(rounding));
      // Soft and hard cross entropy agree where nothing is mixed.
      assertThat(criterion.mean(logits, pure).item_double())
          .isCloseTo(criterion.mean(logits, Targets.of(own)).item_double(), within(rounding));
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
          countForwards(new Hat(trades, 0.5, 2, device -> new TurnedCnn(ScalarType.Float)), radius);
          countForwards(
              new MixedObjective(new Mixup(1, 1, 1, 0.5, Integer.MAX_VALUE), trades), radius);
        }
      }
    }
  }

  private static void countForwards(Objective objective, double radius) {
    try (ToySteps toy = new ToySteps(ScalarType.Float, Perturbation.NONE);
        MicroBatchStep step = toy.of(objective)) {
      toy.run(step, 0, ORACLE.ints("y"), MicroBatchContext.of(SeedKey.of(0), radius, 1));
      assertThat(toy.trainedOn)
          .as("%s", objective)
          .hasSize(objective.statisticsUpdates(radius).count());
    }
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

  private static void check(String name, Function<ScalarType, Objective> objective) {
    Spread spread = Spread.of(ToySteps.SIZE, moved -> results(objective, ScalarType.Double, moved));
    Map<String, double[]> actual = results(objective, ScalarType.Float, Perturbation.NONE);
    spread.assertRecorded("loss", ORACLE.floats(name + ".loss"), Spread.OF_FLOAT64);
    spread.assertNear("loss", actual.get("loss"));
    for (String tensor : new String[] {"conv1.weight", "bn2.weight", "fc.bias"}) {
      float[] recorded = ORACLE.floats(name + ".grad." + tensor);
      spread.assertRecorded(tensor, recorded, Spread.OF_FLOAT64);
      spread.assertNear(tensor, actual.get(tensor));
    }
  }

  /** A rule that is nearly right must not pass as rounding. */
  private static void refuse(String name, Function<ScalarType, Objective> wrong) {
    assertThatThrownBy(() -> check(name, wrong))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("recorded");
  }

  private static Map<String, double[]> results(
      Function<ScalarType, Objective> objective, ScalarType dtype, Perturbation moved) {
    try (ToySteps toy = new ToySteps(dtype, moved);
        MicroBatchStep step = toy.of(objective.apply(dtype))) {
      return toy.results(
          toy.run(step, 0, ORACLE.ints("y"), MicroBatchContext.of(SeedKey.of(0), 8 / 255.0, 1)));
    }
  }

  private static Objective onRecordedAttack(Objective objective, ScalarType dtype) {
    return new Changed(
        objective,
        step -> step,
        step -> Pixels.of(ToySteps.images(ORACLE.floats("x_adv")).to(dtype)));
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
    private final FlatParameters stored;
    private final ToyCnn model;

    TurnedCnn(ScalarType dtype) {
      stored = ToyCnn.parameters(ToySteps.MODEL, dtype);
      model = new ToyCnn(stored);
    }

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
