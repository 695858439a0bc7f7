package io.robusttrain.attack.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.apgd.RadiusSchedule;
import io.robusttrain.attack.apgd.TargetedApgd;
import io.robusttrain.attack.fab.FastAdaptiveBoundary;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.attack.square.SquareAttack;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

@Numeric
class AutoAttackTest {
  private static final ThreatModel LINF = ThreatModel.linf(8 / 255.0);
  private static final ThreatModel L1 = ThreatModel.l1(12);

  @Test
  void standardIsTheReferences() {
    assertThat(composed("standard", LINF).attacks())
        .containsExactly(
            new Apgd(Apgd.Loss.CE, new ApgdSettings(LINF, 100, 1, 1, RadiusSchedule.FIXED)),
            new TargetedApgd(9, new ApgdSettings(LINF, 100, 1, 1, RadiusSchedule.FIXED)),
            FastAdaptiveBoundary.targeted(LINF),
            SquareAttack.standard(LINF));
    assertThat(composed("standard", L1).attacks())
        .startsWith(
            new Apgd(Apgd.Loss.CE, new ApgdSettings(L1, 100, 5, 1, RadiusSchedule.SHRINKING)),
            new TargetedApgd(5, new ApgdSettings(L1, 100, 1, 1, RadiusSchedule.SHRINKING)));
    assertThat(composed("standard", LINF).leastClasses()).isEqualTo(4);
  }

  @Test
  void plusAndRandAreTheReferences() {
    assertThat(names(composed("plus", LINF)))
        .containsExactly("apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t");
    assertThat(composed("plus", LINF).attacks())
        .contains(
            new Apgd(Apgd.Loss.DLR, ApgdSettings.of(LINF).withRestarts(5)),
            FastAdaptiveBoundary.fab(LINF, 5));
    assertThat(composed("rand", LINF).attacks())
        .containsExactly(
            new Apgd(Apgd.Loss.CE, ApgdSettings.of(LINF).withGradientSamples(20)),
            new Apgd(Apgd.Loss.DLR, ApgdSettings.of(LINF).withGradientSamples(20)));
    assertThat(composed("rand", LINF).leastClasses()).isEqualTo(3);
  }

  @Test
  void attacksHaveNames() {
    for (String name :
        List.of(
            "apgd-ce",
            "apgd-dlr",
            "apgd-t",
            "fab",
            "fab-t",
            "fgsm",
            "plus",
            "rand",
            "square",
            "standard")) {
      EvaluationAttack attack = AttackCatalog.named(name, LINF);
      assertThat(attack.name()).isEqualTo(name);
    }
    assertThat(AttackCatalog.named("apgd-ce", LINF))
        .isEqualTo(new Apgd(Apgd.Loss.CE, ApgdSettings.of(LINF).withRestarts(5)));
    assertThat(AttackCatalog.named("pgd-10", LINF)).isEqualTo(PgdAttack.of(LINF, 10, 1));
    assertThat(AttackCatalog.named("pgd-50x3", LINF).name()).isEqualTo("pgd-50x3");
    assertThat(AttackCatalog.named("pgd-1x3", LINF).name()).isEqualTo("fgsmx3");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> AttackCatalog.named("agpd-ce", LINF))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown attack agpd-ce; the nearest are apgd-ce");
    EvaluationAttack fab = AttackCatalog.named("fab", LINF);
    assertThatThrownBy(() -> new AutoAttack("custom", List.of()))
        .hasMessage("custom has no attacks: name at least one");
    assertThatThrownBy(() -> new AutoAttack("custom", List.of(fab, fab)))
        .hasMessage("custom names an attack twice: [fab, fab]");
  }

  @Test
  void travelsToExecutors() throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(composed("plus", L1));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(composed("plus", L1));
    }
  }

  @Test
  void isTheWorstCaseOfItsStages() {
    Arithmetic.start();
    SafetensorsFixture fixture = SafetensorsFixture.read(ToyCnn.RESOURCE);
    try (FlatParameters parameters = ToyCnn.parameters(fixture);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      int count = 24;
      AttackBatch batch =
          AttackBatch.of(
              victim,
              Pixels.of(
                  Tensors.of(
                      Arrays.copyOf(fixture.floats("x"), count * 3 * 16 * 16),
                      ComputeDevice.CPU,
                      count,
                      3,
                      16,
                      16)),
              Tensors.labels(Arrays.copyOf(fixture.ints("y_int32"), count), ComputeDevice.CPU),
              LongStream.range(0, count).toArray(),
              SeedKey.of(0));
      ApgdSettings settings = ApgdSettings.of(LINF).withIterations(10);
      Apgd weak = new Apgd(Apgd.Loss.CE, settings.withIterations(2));
      TargetedApgd strong = new TargetedApgd(9, settings);
      AttackOutcome together = new AutoAttack("two", List.of(weak, strong)).attack(victim, batch);
      AttackOutcome first = weak.attack(victim, batch);
      AttackOutcome second = strong.attack(victim, batch.select(Rows.where(first.broken(), false)));
      assertThat(together.brokenCount()).isEqualTo(first.brokenCount() + second.brokenCount());
      assertThat(together.brokenCount()).isGreaterThan(first.brokenCount());
    }
  }

  private static AutoAttack composed(String name, ThreatModel threat) {
    return (AutoAttack) AttackCatalog.named(name, threat);
  }

  private static List<String> names(AutoAttack attack) {
    return attack.attacks().stream().map(EvaluationAttack::name).toList();
  }
}
