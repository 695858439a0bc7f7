package io.robusttrain.attack.fab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.HandleProbe;
import io.robusttrain.attack.LinearClasses;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.RecordingCnn;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.fab.FastAdaptiveBoundary.Aim;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** FAB as an attack: recorded results, closed forms, and independence of the batch. */
@Tag("slow")
@Numeric
public class FastAdaptiveBoundaryTest {
  private static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final SafetensorsFixture MASKS =
      SafetensorsFixture.read("golden/attacks/masks_cnn.safetensors");

  private static final int IMAGES = 200;

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @CsvSource({"LINF, 0.03137254901960784, Linf.0.031373", "L2, 0.5, L2.0.500000"})
  void targetedBreaksWhatTheOriginalBreaks(Norm norm, double epsilon, String name) {
    int count = 8;
    ThreatModel threat = new ThreatModel(norm, epsilon);
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      AttackBatch batch = batch(victim, IntStream.range(0, count).toArray());
      AttackOutcome outcome = FastAdaptiveBoundary.targeted(threat).attack(victim, batch);
      int[] standing = MASKS.ints("cnn." + name + ".fab_t_9x100");
      boolean[] broken = outcome.broken();
      for (int i = 0; i < count; i++) {
        assertThat(broken[i]).as("image %d", i).isEqualTo(standing[i] == 0);
      }
      float[] distances = Tensors.toArray(threat.distances(outcome.pixels(), batch.clean()));
      for (float distance : distances) {
        assertThat(distance).isLessThanOrEqualTo((float) epsilon);
      }
    }
  }

  /**
   * Of a linear model with pixels far from the box, the nearest boundary is the smallest quotient
   * of a logit difference and the dual norm of its weights; FAB stops a little beyond it.
   */
  @ParameterizedTest
  @EnumSource(Norm.class)
  void findsTheNearestBoundaryOfALinearModel(Norm norm) {
    int size = 12;
    int classes = 5;
    try (PointerScope scope = new PointerScope()) {
      Tensor weights = Tensors.normal(SeedKey.of(3), 0, 1, ComputeDevice.CPU, classes, size);
      Tensor clean = Tensors.uniform(SeedKey.of(4), 0.45, 0.55, ComputeDevice.CPU, IMAGES, 1, 3, 4);
      Victim victim = new Victim(new LinearClasses(weights));
      Tensor labels = victim.predictions(clean);
      Tensor logits = victim.logits(clean);
      BoundarySearch.Found found =
          new BoundarySearch(new ThreatModel(norm, 1), 30)
              .run(victim, new NearestBoundary(victim, norm, labels), clean, labels, clean);
      float[] distances = Tensors.toArray(found.distances());
      float[] w = Tensors.toArray(weights);
      float[] z = Tensors.toArray(logits);
      float[] y = Tensors.toArray(labels);
      int checked = 0;
      for (int image = 0; image < IMAGES; image++) {
        double expected = nearest(norm, w, z, image * classes, (int) y[image], size);
        // Beyond this the box could bend the way.
        if (expected < (norm == Norm.L1 ? 0.4 : 0.3)) {
          checked++;
          // Logits up to 8 are sums of 12 products, and so are the distances of them.
          float rounding = Rounding.apart(12, 8);
          assertThat((double) distances[image])
              .isBetween(expected * (1 - 1e-4) - rounding, expected * 1.06 + rounding);
        }
      }
      assertThat(checked).isGreaterThan(5);
    }
  }

  @ParameterizedTest
  @EnumSource(Aim.class)
  void anImagesDrawsDoNotDependOnItsBatch(Aim aim) {
    // A radius that nothing breaks at, so that every image comes to its second, random start.
    FastAdaptiveBoundary attack = new FastAdaptiveBoundary(ThreatModel.l2(1e-6), aim, 2, 2);
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      RecordingCnn all = new RecordingCnn(new ToyCnn(parameters));
      attack.attack(new Victim(all), batch(victim, 3, 5, 9));
      RecordingCnn alone = new RecordingCnn(new ToyCnn(parameters));
      attack.attack(new Victim(alone), batch(victim, 5));
      List<float[]> together = all.points;
      List<float[]> single = alone.points;
      assertThat(single).hasSameSizeAs(together);
      for (int i = 0; i < single.size(); i++) {
        float[] row = Arrays.copyOfRange(together.get(i), 768, 2 * 768);
        // Another batch size, another order of sums; two L2 steps have no signs to tie.
        assertThat(single.get(i)).containsExactly(row, within(Rounding.apart(768, 1)));
      }
    }
  }

  @Test
  void costsWhatItSaysAndKeepsNativeMemoryFlat() {
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      HandleProbe probe = new HandleProbe(new ToyCnn(parameters));
      Victim victim = new Victim(probe);
      AttackBatch batch = batch(victim, 0, 1, 2, 3);
      long forward = victim.forwardImages();
      FastAdaptiveBoundary attack =
          new FastAdaptiveBoundary(ThreatModel.linf(0), Aim.LIKELIEST_CLASSES, 15, 1);
      assertThat(Rows.where(attack.attack(victim, batch).broken(), false))
          .containsExactly(0, 1, 2, 3);
      assertThat(victim.forwardImages() - forward).isEqualTo(9 * 15 * 2 * 4);
      assertThat(victim.backwardImages()).isEqualTo(9 * 15 * 4);
      assertThat(probe.recorded()).isEqualTo(9 * 15);
      List<Long> handles = probe.handles();
      assertThat(handles.get(handles.size() - 2)).isLessThanOrEqualTo(handles.get(21));

      attack = new FastAdaptiveBoundary(ThreatModel.linf(0), Aim.NEAREST_CLASS, 40, 1);
      long backward = victim.backwardImages();
      int first = probe.handles().size();
      attack.attack(victim, batch);
      assertThat(victim.backwardImages() - backward).isEqualTo(40 * 10 * 4);
      assertThat(handles.get(handles.size() - 2)).isLessThanOrEqualTo(handles.get(first + 20));
    }
  }

  @Test
  void refusesNoIterationsAndNoRestarts() {
    ThreatModel threat = ThreatModel.linf(0.1);
    assertThatThrownBy(() -> new FastAdaptiveBoundary(threat, Aim.NEAREST_CLASS, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 iteration and 1 restart: 0, 1");
    assertThat(FastAdaptiveBoundary.targeted(threat).name()).isEqualTo("fab-t");
    assertThat(FastAdaptiveBoundary.fab(threat, 5).name()).isEqualTo("fab");
  }

  public static AttackBatch batch(Victim victim, int... images) {
    float[] pixels = MODEL.floats("x");
    int[] labels = MODEL.ints("y_int32");
    int size = 3 * 16 * 16;
    float[] chosen = new float[images.length * size];
    int[] classes = new int[images.length];
    for (int i = 0; i < images.length; i++) {
      System.arraycopy(pixels, images[i] * size, chosen, i * size, size);
      classes[i] = labels[images[i]];
    }
    return AttackBatch.of(
        victim,
        Pixels.of(Tensors.of(chosen, ComputeDevice.CPU, images.length, 3, 16, 16)),
        Tensors.labels(classes, ComputeDevice.CPU),
        Arrays.stream(images).asLongStream().toArray(),
        SeedKey.of(0));
  }

  private static double nearest(
      Norm norm, float[] weights, float[] logits, int from, int label, int size) {
    double nearest = Double.POSITIVE_INFINITY;
    for (int k = 0; k < logits.length / IMAGES; k++) {
      double dual = 0;
      for (int i = 0; i < size; i++) {
        double slope = weights[k * size + i] - weights[label * size + i];
        dual =
            switch (norm) {
              case LINF -> dual + Math.abs(slope);
              case L2 -> dual + slope * slope;
              case L1 -> Math.max(dual, Math.abs(slope));
            };
      }
      dual = norm == Norm.L2 ? Math.sqrt(dual) : dual;
      if (k != label) {
        nearest = Math.min(nearest, (logits[from + label] - logits[from + k]) / dual);
      }
    }
    return nearest;
  }
}
