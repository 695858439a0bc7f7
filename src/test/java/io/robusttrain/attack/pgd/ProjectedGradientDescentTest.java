package io.robusttrain.attack.pgd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.pgd.ProjectedGradientDescent.Start;
import io.robusttrain.model.ForwardPass;
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
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Numeric
class ProjectedGradientDescentTest {
  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final int IMAGE = 3 * 16 * 16;
  private static final double RADIUS = 8 / 255.0;
  private static final ProjectedGradientDescent PGD = ProjectedGradientDescent.linf(RADIUS, 3);

  private PointerScope scope;
  private FlatParameters parameters;
  private ToyCnn model;
  private Pixels clean;
  private Tensor labels;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(FIXTURE);
    scope = new PointerScope();
    model = new ToyCnn(parameters);
    clean = Pixels.of(images(0, 4));
    labels = Tensors.labels(Arrays.copyOf(FIXTURE.ints("y_int32"), 4), ComputeDevice.CPU);
  }

  @AfterEach
  void stop() {
    scope.close();
    parameters.close();
  }

  @Test
  void radiusZeroIsTheCleanBatchWithoutWork() {
    Pixels attacked =
        PGD.perturb(
            pixels -> {
              throw new AssertionError("no forward is needed");
            },
            clean,
            labels,
            0,
            batch -> {
              throw new AssertionError("no noise is needed");
            });
    assertThat(attacked).isSameAs(clean);
  }

  @Test
  void staysInTheBallAndTheBoxAndLeavesItsInputAlone() {
    float[] before = Tensors.toArray(clean.tensor());
    Pixels attacked =
        PGD.perturb(
            model, ForwardPass.eval(), clean, labels, 0.01, NoiseSource.perBatch(SeedKey.of(1)));
    float[] after = Tensors.toArray(attacked.tensor());
    assertThat(Tensors.toArray(clean.tensor())).isEqualTo(before);
    for (int i = 0; i < before.length; i++) {
      assertThat(Math.abs(after[i] - before[i])).isLessThan(0.01f + Rounding.apart(1, 1));
    }
    assertThat(Pixels.of(attacked.tensor()).count()).isEqualTo(4);
    assertThat(attacked.tensor().requires_grad()).isFalse();
  }

  @Test
  void computesNoParameterGradient() {
    PGD.perturb(
        model, ForwardPass.eval(), clean, labels, RADIUS, NoiseSource.perBatch(SeedKey.of(1)));
    assertThat(Tensors.toArray(parameters.gradients())).containsOnly(0f);
  }

  @Test
  void worksInsideANoGradGuard() {
    NoiseSource noise = NoiseSource.perBatch(SeedKey.of(1));
    float[] expected = attacked(clean, labels, noise);
    try (NoGradGuard guard = new NoGradGuard()) {
      assertThat(attacked(clean, labels, noise)).isEqualTo(expected);
    }
  }

  @Test
  void cleanStartTakesTheSignOfTheGradient() {
    ProjectedGradientDescent fgsm =
        new ProjectedGradientDescent(ThreatModel.linf(RADIUS), 1, RADIUS / 2, Start.CLEAN);
    float[] before = Tensors.toArray(clean.tensor());
    Pixels result =
        fgsm.perturb(
            model, ForwardPass.eval(), clean, labels, RADIUS, NoiseSource.perBatch(SeedKey.of(1)));
    float[] after = Tensors.toArray(result.tensor());
    for (int i = 0; i < before.length; i++) {
      float change = Math.abs(after[i] - before[i]);
      boolean clipped = after[i] == 0 || after[i] == 1;
      assertThat(clipped || Math.abs(change - RADIUS / 2) < Rounding.apart(3, 1) || change == 0)
          .isTrue();
    }
  }

  @Test
  void noisePerSampleDoesNotDependOnTheBatch() {
    SeedKey key = SeedKey.of(3).with("validation");
    Tensor batch = NoiseSource.perSample(key, 10, 11, 12, 13).unit(clean.tensor());
    Tensor other = NoiseSource.perSample(key, 13, 10).unit(images(0, 2));
    float[] whole = Tensors.toArray(batch);
    float[] part = Tensors.toArray(other);
    assertThat(Arrays.copyOfRange(part, 0, IMAGE))
        .isEqualTo(Arrays.copyOfRange(whole, 3 * IMAGE, 4 * IMAGE));
    assertThat(Arrays.copyOfRange(part, IMAGE, 2 * IMAGE))
        .isEqualTo(Arrays.copyOfRange(whole, 0, IMAGE));
    for (float value : whole) {
      assertThat(value).isBetween(-1f, 1f);
    }
    assertThatThrownBy(() -> NoiseSource.perSample(key, 1, 2).unit(clean.tensor()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 ids, 4 images");
  }

  @Test
  void noisePerBatchFollowsItsKey() {
    float[] first = Tensors.toArray(NoiseSource.perBatch(SeedKey.of(1)).unit(clean.tensor()));
    float[] again = Tensors.toArray(NoiseSource.perBatch(SeedKey.of(1)).unit(clean.tensor()));
    float[] other = Tensors.toArray(NoiseSource.perBatch(SeedKey.of(2)).unit(clean.tensor()));
    assertThat(again).isEqualTo(first);
    assertThat(other).isNotEqualTo(first);
  }

  @Test
  void keepsOnlyItsResultAlive() {
    NoiseSource noise = NoiseSource.perSample(SeedKey.of(1), 0, 1, 2, 3);
    attacked(clean, labels, noise);
    long before = NativeRuntime.liveHandles();
    for (int i = 0; i < 20; i++) {
      attacked(clean, labels, noise);
    }
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
  }

  @Test
  void refusesImpossibleSettings() {
    assertThatThrownBy(() -> ThreatModel.linf(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("epsilon must lie in [0, 1.0], pixels being in [0,1]: 4.0");
    assertThatThrownBy(() -> ProjectedGradientDescent.linf(0.1, 0))
        .hasMessageContaining("attack steps must be at least 1: 0");
    assertThatThrownBy(
            () -> new ProjectedGradientDescent(ThreatModel.linf(0.1), 1, -1, Start.CLEAN))
        .hasMessageContaining("step size");
    assertThatThrownBy(
            () ->
                PGD.perturb(
                    model,
                    ForwardPass.eval(),
                    clean,
                    labels,
                    0.5,
                    NoiseSource.perBatch(SeedKey.of(1))))
        .hasMessageContaining("radius must lie in [0, 0.0313");
    assertThat(ProjectedGradientDescent.fgsm(0).stepSize()).isZero();
  }

  private float[] attacked(Pixels pixels, Tensor classes, NoiseSource noise) {
    try (PointerScope inner = new PointerScope()) {
      return Tensors.toArray(
          PGD.perturb(model, ForwardPass.eval(), pixels, classes, RADIUS, noise).tensor());
    }
  }

  private static Tensor images(int from, int count) {
    return Tensors.of(
        Arrays.copyOfRange(FIXTURE.floats("x"), from * IMAGE, (from + count) * IMAGE),
        ComputeDevice.CPU,
        count,
        3,
        16,
        16);
  }
}
