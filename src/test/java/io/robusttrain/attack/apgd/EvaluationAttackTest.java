package io.robusttrain.attack.apgd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.RecordingCnn;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every gradient attack promises, on the small trained network. */
@Tag("slow")
@Numeric
class EvaluationAttackTest {
  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final int IMAGE = 3 * 16 * 16;
  private static final SeedKey KEY = SeedKey.of(11);
  private static final ThreatModel LINF = ThreatModel.linf(8 / 255.0);
  private static final ThreatModel L2 = ThreatModel.l2(0.5);
  private static final ThreatModel L1 = ThreatModel.l1(5);

  private FlatParameters parameters;
  private PointerScope scope;
  private RecordingCnn model;
  private Victim victim;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(FIXTURE);
    scope = new PointerScope();
    model = new RecordingCnn(new ToyCnn(parameters));
    victim = new Victim(model);
  }

  @AfterEach
  void stop() {
    scope.close();
    parameters.close();
  }

  static Stream<EvaluationAttack> attacks() {
    return Stream.of(
        PgdAttack.fgsm(LINF),
        PgdAttack.of(L2, 5, 2),
        new Apgd(Apgd.Loss.CE, settings(LINF)),
        new Apgd(Apgd.Loss.DLR, settings(L2)),
        new Apgd(Apgd.Loss.CE, settings(L1).withRadius(RadiusSchedule.SHRINKING)),
        new Apgd(Apgd.Loss.CE, settings(LINF).withGradientSamples(2)),
        new TargetedApgd(2, settings(LINF)),
        new TargetedApgd(2, settings(L2)),
        new TargetedApgd(2, settings(L1)));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void keepsItsPromises(EvaluationAttack attack) {
    ThreatModel threat = threatOf(attack);
    AttackBatch batch = batch(0, 32);
    AttackOutcome outcome = attack.attack(victim, batch);

    float[] clean = Tensors.toArray(batch.clean());
    float[] result = Tensors.toArray(outcome.pixels());
    float[] distances = Tensors.toArray(threat.distances(outcome.pixels(), batch.clean()));
    long[] predicted = classes(victim.predictions(outcome.pixels()));
    long[] labels = classes(batch.labels());
    boolean[] broken = outcome.broken();
    for (int i = 0; i < 32; i++) {
      assertThat(predicted[i] != labels[i]).as("image %d", i).isEqualTo(broken[i]);
      // 768 pixels, each rounded by up to 2^-25 when the change is added to the clean one.
      double rounding = threat.norm() == Norm.L1 ? IMAGE * 0x1p-25 : Rounding.apart(2, 1);
      assertThat((double) distances[i])
          .isLessThanOrEqualTo(threat.epsilon() * (1 + IMAGE / 2 * Rounding.UNIT) + rounding);
      if (!broken[i]) {
        assertThat(Arrays.copyOfRange(result, i * IMAGE, (i + 1) * IMAGE))
            .isEqualTo(Arrays.copyOfRange(clean, i * IMAGE, (i + 1) * IMAGE));
      }
    }
    assertThat(Pixels.of(outcome.pixels()).count()).isEqualTo(32);
    assertThat(outcome.brokenCount()).isBetween(1, 31);
    assertThat(Rows.where(outcome.broken(), false)).hasSize(32 - outcome.brokenCount());
    assertThat(victim.forwardImages()).isEqualTo(passes());
    assertThat(Tensors.toArray(parameters.gradients())).containsOnly(0f);
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void leavesNothingAlive(EvaluationAttack attack) {
    AttackBatch batch = batch(0, 4);
    try (PointerScope warm = new PointerScope()) {
      attack.attack(victim, batch);
    }
    long before = NativeRuntime.liveHandles();
    try (PointerScope inner = new PointerScope()) {
      attack.attack(victim, batch);
    }
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void startDoesNotDependOnTheBatch(EvaluationAttack attack) {
    AttackBatch whole = batch(8, 6);
    model.clear();
    attack.attack(victim, whole);
    float[] first = model.points.get(0);
    model.clear();
    attack.attack(victim, whole.select(4));
    float[] alone = model.points.get(0);
    assertThat(alone).isEqualTo(Arrays.copyOfRange(first, 4 * IMAGE, 5 * IMAGE));
  }

  @Test
  void imagesThatFellLeaveWithoutChangingTheOthers() {
    AttackBatch batch = standing(0, 32);
    for (ThreatModel threat : List.of(LINF, L2, L1)) {
      Tensor start = RandomStart.inside(threat, batch, KEY);
      boolean[] leaving = run(batch, start, threat, ApgdRun.Fallen.LEAVE);
      long fewer = victim.forwardImages();
      boolean[] staying = run(batch, start, threat, ApgdRun.Fallen.GO_ON);
      assertThat(leaving).isEqualTo(staying);
      assertThat(Rows.where(leaving, true)).isNotEmpty();
      victim = new Victim(model);
      assertThat(fewer).isLessThan(21L * batch.count());
    }
  }

  private boolean[] run(
      AttackBatch batch, Tensor start, ThreatModel threat, ApgdRun.Fallen fallen) {
    victim = new Victim(model);
    ApgdRun run =
        new ApgdRun(
            victim,
            (logits, labels, targets) -> CrossEntropy.perSample(logits, labels),
            1,
            fallen,
            batch,
            batch.labels(),
            start);
    ApgdRun.Steps steps =
        threat.norm() == Norm.LINF
            ? LinfSteps::new
            : threat.norm() == Norm.L2 ? L2Steps::new : SparseSteps::fromNoise;
    run.run(steps, threat.epsilon(), 20);
    return run.broken();
  }

  @Test
  void restartsWorkOnTheImagesThatStand() {
    AttackBatch batch = batch(0, 32);
    Apgd once = new Apgd(Apgd.Loss.CE, settings(LINF));
    AttackOutcome first = once.attack(victim, batch);
    model.clear();
    new Apgd(Apgd.Loss.CE, settings(LINF).withRestarts(2)).attack(victim, batch);
    int restart = model.sizes.lastIndexOf(Rows.where(first.broken(), false).length);
    assertThat(model.sizes).contains(Rows.where(first.broken(), false).length);
    assertThat(restart).isPositive();
  }

  @Test
  void targetsFollowTheOrderOfTheCleanLogits() {
    AttackBatch batch = batch(0, 16);
    float[] logits = Tensors.toArray(batch.logits());
    long[] second = classes(batch.targets(1));
    for (int i = 0; i < 16; i++) {
      float target = logits[i * 10 + (int) second[i]];
      int above = 0;
      for (int k = 0; k < 10; k++) {
        above += logits[i * 10 + k] > target ? 1 : 0;
      }
      assertThat(above).isEqualTo(1);
    }
  }

  @Test
  void aMisclassifiedImageIsBrokenWithoutAnAttack() {
    AttackBatch batch = batch(0, 8);
    long before = victim.forwardImages();
    Tensor wrong = Tensors.labels(new int[] {10, 10, 10}, ComputeDevice.CPU);
    AttackBatch lost =
        AttackBatch.of(
            victim, Pixels.of(batch.select(0, 1, 2).clean()), wrong, new long[] {0, 1, 2}, KEY);
    AttackOutcome outcome = new Apgd(Apgd.Loss.CE, settings(LINF)).attack(victim, lost);
    assertThat(outcome.broken()).containsOnly(true);
    assertThat(Tensors.toArray(outcome.pixels())).isEqualTo(Tensors.toArray(lost.clean()));
    assertThat(victim.forwardImages() - before).isEqualTo(3);
    assertThat(victim.backwardImages()).isZero();
  }

  @Test
  void refusesImpossibleSettings() {
    assertThatThrownBy(() -> ApgdSettings.of(ThreatModel.linf(0)))
        .hasMessage("APGD needs an epsilon above 0");
    assertThatThrownBy(() -> settings(LINF).withRestarts(0))
        .hasMessage("APGD's restarts must be at least 1: 0");
    assertThatThrownBy(() -> settings(L2).withRadius(RadiusSchedule.SHRINKING))
        .hasMessage("a shrinking radius is for L1, the norm is L2: use FIXED");
    Tensor labels = Tensors.labels(new int[3], ComputeDevice.CPU);
    AttackBatch batch = batch(0, 4);
    assertThatThrownBy(
            () -> AttackBatch.of(victim, Pixels.of(batch.clean()), labels, new long[4], KEY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 images, 3 labels, 4 ids");
  }

  private int passes() {
    return model.sizes.stream().mapToInt(size -> size).sum();
  }

  private static ApgdSettings settings(ThreatModel threat) {
    return ApgdSettings.of(threat).withIterations(10);
  }

  private static ThreatModel threatOf(EvaluationAttack attack) {
    if (attack instanceof PgdAttack pgd) {
      return pgd.descent().threat();
    }
    return attack instanceof Apgd apgd
        ? apgd.settings().threat()
        : ((TargetedApgd) attack).settings().threat();
  }

  private static long[] classes(Tensor tensor) {
    float[] values = Tensors.toArray(tensor);
    long[] classes = new long[values.length];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (long) values[i];
    }
    return classes;
  }

  private AttackBatch standing(int from, int count) {
    AttackBatch batch = batch(from, count);
    return new Survivors(victim, batch).remaining();
  }

  private AttackBatch batch(int from, int count) {
    float[] x = FIXTURE.floats("x");
    float[] some = Arrays.copyOfRange(x, from * IMAGE, (from + count) * IMAGE);
    int[] labels = Arrays.copyOfRange(FIXTURE.ints("y_int32"), from, from + count);
    return AttackBatch.of(
        victim,
        Pixels.of(Tensors.of(some, ComputeDevice.CPU, count, 3, 16, 16)),
        Tensors.labels(labels, ComputeDevice.CPU),
        LongStream.range(from, from + count).toArray(),
        KEY);
  }
}
