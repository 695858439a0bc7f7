package io.robusttrain.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.catalog.AttackCatalog;
import io.robusttrain.attack.catalog.AutoAttack;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What attacks are said to cost, against what they do on a model that nothing fools. */
@Tag("slow")
class ShortAttackTest {
  private static final SeedKey KEY = SeedKey.of(11);
  private static final int CLASSES = 5;
  private static final int IMAGES = 2;
  private static final int SIDE = 6;
  private static final int VALUES = 3 * SIDE * SIDE;

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @CsvSource({
    "fgsm, LINF",
    "pgd-7x2, LINF",
    "pgd-10, L2",
    "apgd-ce, LINF",
    "apgd-dlr, L2",
    "apgd-t, LINF",
    "fab, LINF",
    "fab-t, L1",
    "square, LINF",
    "standard, L1",
    "rand, LINF",
  })
  void passesAtFullLengthAreThoseOfTheAttackItself(String name, Norm norm) {
    ThreatModel threat = new ThreatModel(norm, 1e-3);
    List<ShortAttack> planned = ShortAttack.named(List.of(name), threat, 5, CLASSES);
    List<EvaluationAttack> attacks = parts(AttackCatalog.named(name, threat));
    assertThat(planned).hasSameSizeAs(attacks);
    for (int i = 0; i < attacks.size(); i++) {
      assertThat(planned.get(i).name()).isEqualTo(attacks.get(i).name());
      assertThat(passes(attacks.get(i)))
          .as(attacks.get(i).name())
          .isEqualTo(IMAGES * planned.get(i).fullPasses());
    }
  }

  /** Short attacks of different lengths differ by the cost of an iteration alone. */
  @ParameterizedTest
  @CsvSource({
    "pgd-10, LINF, 2, 5",
    "apgd-ce, LINF, 1, 4",
    "apgd-t, L2, 1, 4",
    "fab, LINF, 1, 3",
    "fab-t, LINF, 4, 8",
    "square, L2, 1, 2",
    "rand, LINF, 1, 2",
    "standard, L1, 4, 8",
  })
  void anIterationMakesThePassesThatItIsSaidToMake(String name, Norm norm, int few, int more) {
    ThreatModel threat = new ThreatModel(norm, 1e-3);
    List<ShortAttack> brief = ShortAttack.named(List.of(name), threat, few, CLASSES);
    List<ShortAttack> longer = ShortAttack.named(List.of(name), threat, more, CLASSES);
    for (int i = 0; i < brief.size(); i++) {
      ShortAttack first = brief.get(i);
      ShortAttack second = longer.get(i);
      assertThat(second.iterations()).isGreaterThan(first.iterations());
      assertThat(passes(second.measured()) - passes(first.measured()))
          .as(first.name())
          .isEqualTo(
              (long) IMAGES
                  * first.passesPerIteration()
                  * (second.iterations() - first.iterations()));
    }
  }

  @Test
  void isNotLongerThanTheAttack() {
    ThreatModel threat = ThreatModel.linf(0.1);
    for (ShortAttack attack :
        ShortAttack.named(
            List.of("fgsm", "pgd-10", "apgd-t", "fab-t", "square"), threat, 10_000, CLASSES)) {
      assertThat((long) attack.iterations()).isLessThanOrEqualTo(attack.fullIterations());
    }
    assertThat(ShortAttack.named(List.of("fgsm"), threat, 5, CLASSES))
        .first()
        .matches(attack -> attack.iterations() == 1 && attack.fullIterations() == 1);
  }

  @Test
  void scalesByPassesWhateverFell() {
    ShortAttack square =
        ShortAttack.named(List.of("square"), ThreatModel.linf(0.1), 5, CLASSES).get(0);
    // 408 passes in 4 s if all stand; half of them in half the time if half fall at once.
    AttackTime all = new AttackTime(square, 8, 4.0, 408, 0, 0);
    AttackTime half = new AttackTime(square, 8, 2.0, 204, 0, 4);
    assertThat(all.passesPerSecond()).isCloseTo(102, within(1e-9));
    assertThat(all.millisPerIteration()).isCloseTo(1000 / 102.0, within(1e-9));
    assertThat(all.imagesPerSecondAtFullLength())
        .isCloseTo(102 / 5001.0, within(1e-12))
        .isEqualTo(half.imagesPerSecondAtFullLength());
  }

  @Test
  void refusesWhatCannotBeTimed() {
    ThreatModel threat = ThreatModel.linf(0.1);
    assertThatThrownBy(() -> ShortAttack.named(List.of("apgd-t"), threat, 5, 3))
        .hasMessage("apgd-t needs 4 classes, the model has 3; leave it out");
    assertThatThrownBy(() -> ShortAttack.named(List.of("square", "standard"), threat, 5, 10))
        .hasMessage("square,standard has square twice; name it once");
  }

  private static List<EvaluationAttack> parts(EvaluationAttack attack) {
    return attack instanceof AutoAttack composed ? composed.attacks() : List.of(attack);
  }

  private static long passes(EvaluationAttack attack) {
    try (PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new Stubborn());
      Tensor pixels = Tensors.uniform(KEY, 0.1, 0.9, ComputeDevice.CPU, IMAGES, 3, SIDE, SIDE);
      AttackBatch batch =
          AttackBatch.of(
              victim, Pixels.of(pixels), victim.predictions(pixels), new long[] {0, 1}, KEY);
      long before = victim.forwardImages() + victim.backwardImages();
      AttackOutcome outcome = attack.attack(victim, batch);
      assertThat(outcome.brokenCount()).isZero();
      return victim.forwardImages() + victim.backwardImages() - before;
    }
  }

  /** Linear, and sure of its first class. */
  private static final class Stubborn implements Classifier {
    private final Tensor weights =
        Tensors.uniform(KEY.with("weights"), -0.1, 0.1, ComputeDevice.CPU, VALUES, CLASSES);
    private final Tensor bias =
        Tensors.of(new float[] {50, 4, 3, 2, 1}, ComputeDevice.CPU, CLASSES);

    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      return pixels.flatten(1, -1).matmul(weights).add(bias);
    }

    @Override
    public void close() {}
  }
}
