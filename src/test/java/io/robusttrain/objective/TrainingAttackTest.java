package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.attack.pgd.ProjectedGradientDescent.Start;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.TrainingAttack.Memory;
import io.robusttrain.objective.TrainingAttack.Mode;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Numeric
class TrainingAttackTest {
  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final double RADIUS = 8 / 255.0;
  private static final int IMAGE = 3 * 16 * 16;

  private FlatParameters parameters;
  private BatchStatistics statistics;

  /** The pixels of every forward, in order. */
  private final List<float[]> seen = new ArrayList<>();

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
  void randomTargetsAreNeverTheLabelUnlessAsked() {
    try (PointerScope scope = new PointerScope()) {
      int[] classes = new int[3000];
      Arrays.setAll(classes, i -> i % 3);
      Tensor labels = Tensors.labels(classes, ComputeDevice.CPU);
      float[] others = Tensors.toArray(AttackTarget.RANDOM.draw(SeedKey.of(1), labels, 3));
      float[] any = Tensors.toArray(AttackTarget.RANDOM_OR_LABEL.draw(SeedKey.of(1), labels, 3));
      int[] steps = new int[3];
      int same = 0;
      for (int i = 0; i < classes.length; i++) {
        steps[Math.floorMod((int) others[i] - classes[i], 3)]++;
        same += (int) any[i] == classes[i] ? 1 : 0;
        assertThat(any[i]).isBetween(0f, 2f);
      }
      assertThat(steps[0]).isZero();
      assertThat(steps[1]).isBetween(1400, 1600);
      assertThat(same).isBetween(900, 1100);
      assertThat(Tensors.toArray(AttackTarget.RANDOM.draw(SeedKey.of(1), labels, 3)))
          .isEqualTo(others);
    }
  }

  @Test
  void leastLikelyIsTheSmallestLogitOfAnotherClass() {
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = Tensors.of(new float[] {3, 1, 2, 0, 5, 4}, ComputeDevice.CPU, 2, 3);
      Tensor labels = Tensors.labels(new int[] {0, 0}, ComputeDevice.CPU);
      assertThat(Tensors.toArray(AttackTarget.leastLikely(logits, labels))).containsExactly(1, 2);
      assertThat(Tensors.toArray(logits)).containsExactly(3, 1, 2, 0, 5, 4);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = AttackTarget.class,
      names = {"RANDOM", "LEAST_LIKELY"})
  void targetedAttacksDescendToTheirClass(AttackTarget target) {
    TrainingAttack attack =
        new TrainingAttack(
            ProjectedGradientDescent.linf(16 / 255.0, 10), Mode.EVAL, target, Memory.NONE);
    try (PointerScope scope = new PointerScope()) {
      Tensor labels = labels();
      ToyCnn model = new ToyCnn(parameters);
      Tensor before = model.forward(images(), ForwardPass.eval());
      Tensor towards =
          target == AttackTarget.RANDOM
              ? target.draw(SeedKey.of(3).with("attack-target"), labels, 10)
              : AttackTarget.leastLikely(before, labels);
      Pixels attacked = attacked(attack, 16 / 255.0, SeedKey.of(3));
      Tensor after = model.forward(attacked.tensor(), ForwardPass.eval());
      float[] rise = Tensors.toArray(probability(after, towards).sub(probability(before, towards)));
      for (float value : rise) {
        assertThat(value).isPositive();
      }
    }
    int forwards = target == AttackTarget.RANDOM ? 10 : 11;
    assertThat(seen).hasSize(forwards);
    TrainingAttack training = new TrainingAttack(attack.descent(), Mode.TRAIN, target, Memory.NONE);
    assertThat(training.trainingForwards(RADIUS)).isEqualTo(forwards);
    assertThat(training.trainingForwards(0)).isZero();
  }

  @Test
  void aRadiusOfZeroNeedsNoForwardWhateverTheAttack() {
    for (AttackTarget target : AttackTarget.values()) {
      ProjectedGradientDescent descent = ProjectedGradientDescent.fgsm(RADIUS);
      try (PointerScope scope = new PointerScope()) {
        attacked(
            new TrainingAttack(descent, Mode.TRAIN, target, Memory.PREVIOUS), 0, SeedKey.of(1));
      }
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void startsAtThePreviousPerturbationOfTheSameSlotAndEpoch() {
    TrainingAttack attack =
        new TrainingAttack(
            ProjectedGradientDescent.fgsm(RADIUS), Mode.EVAL, AttackTarget.NONE, Memory.PREVIOUS);
    TrainingAttack without = new TrainingAttack(attack.descent(), Mode.EVAL);
    Criterion criterion = new Criterion(0);
    AdversarialCrossEntropy.CleanForward skipped = AdversarialCrossEntropy.CleanForward.SKIPPED;
    float[] clean;
    try (PointerScope scope = new PointerScope()) {
      clean = Tensors.toArray(images());
    }
    try (MicroBatchStep step = step(new AdversarialCrossEntropy(criterion, attack, skipped));
        MicroBatchStep fresh = step(new AdversarialCrossEntropy(criterion, without, skipped))) {
      run(step, context(1, 0, 0, RADIUS));
      run(fresh, context(1, 0, 0, RADIUS));
      assertThat(seen.get(0)).as("an epoch begins at random").isEqualTo(seen.get(2));
      float[] trained = seen.get(1);

      seen.clear();
      run(step, context(2, 0, 0, RADIUS));
      for (int i = 0; i < clean.length; i++) {
        // Away from the clean pixel and back to it: each rounds, of values up to 1.
        assertThat(seen.get(0)[i]).isCloseTo(trained[i], within((float) (4 * Rounding.UNIT)));
      }

      for (MicroBatchContext other : List.of(context(3, 0, 1, RADIUS), context(4, 1, 0, RADIUS))) {
        seen.clear();
        run(step, other);
        run(fresh, other);
        assertThat(seen.get(0)).as("another slot or epoch").isEqualTo(seen.get(2));
      }
    }
  }

  @Test
  void forgetsWhatItKeptWithoutLeaks() {
    TrainingAttack attack =
        new TrainingAttack(
            ProjectedGradientDescent.fgsm(RADIUS), Mode.EVAL, AttackTarget.NONE, Memory.PREVIOUS);
    MicroBatchStep step =
        step(
            new AdversarialCrossEntropy(
                new Criterion(0), attack, AdversarialCrossEntropy.CleanForward.SKIPPED));
    long before = NativeRuntime.liveHandles();
    for (int i = 0; i < 5; i++) {
      run(step, context(i, 0, 0, RADIUS));
    }
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before + 1);
    step.close();
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
  }

  @Test
  void anL2StartHasMeanZeroAndLiesInTheBall() {
    ThreatModel threat = ThreatModel.l2(3);
    TrainingAttack sane =
        new TrainingAttack(new ProjectedGradientDescent(threat, 1, 1e-9, Start.RANDOM), Mode.EVAL);
    TrainingAttack paper =
        new TrainingAttack(
            new ProjectedGradientDescent(threat, 1, 1e-9, Start.REFERENCE), Mode.EVAL);
    assertThat(deltas(sane, 3)).isCloseTo(0, within(0.01));
    // A radius of 3 over 768 values: each is about -3 / sqrt(2 * 768), where the box allows it.
    assertThat(deltas(paper, 3)).isLessThan(-0.03);
  }

  /** The mean change of values that the box does not bound; checks the length of each image's. */
  private double deltas(TrainingAttack attack, double radius) {
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = images();
      Pixels attacked = attacked(attack, radius, SeedKey.of(9));
      float[] lengths =
          Tensors.toArray(attack.descent().threat().distances(attacked.tensor(), clean));
      for (float length : lengths) {
        assertThat((double) length)
            .isBetween(0.3 * radius, radius * (1 + Perturbation.ofSums(3 * 16 * 16)));
      }
      float[] from = Tensors.toArray(clean);
      float[] to = Tensors.toArray(attacked.tensor());
      double sum = 0;
      int count = 0;
      for (int i = 0; i < from.length; i++) {
        if (from[i] > 0.4 && from[i] < 0.6) {
          sum += to[i] - from[i];
          count++;
        }
      }
      assertThat(count).isGreaterThan(100);
      return sum / count;
    }
  }

  private Pixels attacked(TrainingAttack attack, double radius, SeedKey key) {
    Pixels[] result = new Pixels[1];
    Objective probe =
        new Changed(
            new StandardCrossEntropy(0),
            step -> {
              result[0] = attack.onLabels(step);
              Tensor kept = result[0].tensor().detach().retainReference();
              result[0] = Pixels.of(kept);
              throw new Stop();
            },
            StepContext::clean);
    try (MicroBatchStep step = step(probe)) {
      step.run(Pixels.of(images()), labels(), MicroBatchContext.of(key, radius, 1));
    } catch (Stop stop) {
      PointerScope.getInnerScope().attach(result[0].tensor());
      result[0].tensor().releaseReference();
    }
    return result[0];
  }

  /** Ends a step after its attack. */
  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private MicroBatchStep step(Objective objective) {
    ToyCnn model = new ToyCnn(parameters);
    Classifier watched =
        (pixels, pass) -> {
          seen.add(Tensors.toArray(pixels));
          return model.forward(pixels, pass);
        };
    return new MicroBatchStep(watched, parameters, statistics, objective);
  }

  private static void run(MicroBatchStep step, MicroBatchContext context) {
    try (PointerScope scope = new PointerScope()) {
      step.run(Pixels.of(images()), labels(), context);
    }
  }

  private static MicroBatchContext context(long seed, long epoch, int lane, double radius) {
    return MicroBatchContext.of(
        SeedKey.of(seed), radius, 1, new MicroBatchContext.Slot(epoch, lane));
  }

  private static Tensor probability(Tensor logits, Tensor classes) {
    return logits.log_softmax(1).gather(1, classes.unsqueeze(1)).squeeze(1);
  }

  private static Tensor images() {
    return Tensors.of(
        Arrays.copyOf(FIXTURE.floats("x"), 8 * IMAGE), ComputeDevice.CPU, 8, 3, 16, 16);
  }

  private static Tensor labels() {
    return Tensors.labels(Arrays.copyOf(FIXTURE.ints("y_int32"), 8), ComputeDevice.CPU);
  }
}
