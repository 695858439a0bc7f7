package io.robusttrain.attack.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Survivors;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.apgd.RadiusSchedule;
import io.robusttrain.attack.apgd.TargetedApgd;
import io.robusttrain.attack.fab.FastAdaptiveBoundary;
import io.robusttrain.attack.fab.FastAdaptiveBoundaryTest;
import io.robusttrain.attack.square.SquareAttack;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attacks fill a pass with what they would try next: they find what they find one after the other,
 * in fewer passes.
 */
@Numeric
@Tag("slow")
class VariantsTest {
  private static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final int IMAGES = 12;
  private static final int FULL_PASS = 60;

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  static List<EvaluationAttack> attacks() {
    ThreatModel linf = ThreatModel.linf(8 / 255.0);
    ApgdSettings sparse =
        ApgdSettings.of(ThreatModel.l1(6)).withIterations(20).withRadius(RadiusSchedule.SHRINKING);
    return List.of(
        new Apgd(Apgd.Loss.CE, ApgdSettings.of(linf).withIterations(10).withRestarts(3)),
        new TargetedApgd(9, ApgdSettings.of(linf).withIterations(10).withRestarts(2)),
        new TargetedApgd(9, sparse),
        new FastAdaptiveBoundary(linf, FastAdaptiveBoundary.Aim.LIKELIEST_CLASSES, 10, 2),
        new FastAdaptiveBoundary(linf, FastAdaptiveBoundary.Aim.NEAREST_CLASS, 10, 3),
        new SquareAttack(linf, 200, 0.8),
        new SquareAttack(new ThreatModel(ThreatModel.Norm.L2, 0.5), 200, 0.8));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void theSameImagesFallInFewerPasses(EvaluationAttack attack) {
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Passes single = new Passes(new ToyCnn(parameters));
      Passes full = new Passes(new ToyCnn(parameters));
      AttackOutcome one = attack.attack(new Victim(single), batch(new Victim(single)));
      Victim roomy = new Victim(full, FULL_PASS);
      AttackOutcome several = attack.attack(roomy, batch(roomy));
      assertThat(one.brokenCount()).isBetween(1, IMAGES - 1);
      assertThat(several.broken()).isEqualTo(one.broken());
      assertThat(full.sizes.size()).isLessThan(single.sizes.size() * 2 / 3);
      assertThat(Collections.max(full.sizes)).isGreaterThan(IMAGES).isLessThanOrEqualTo(FULL_PASS);
      if (attack instanceof SquareAttack) {
        // Its search is followed step by step.
        assertThat(Tensors.toArray(several.pixels())).isEqualTo(Tensors.toArray(one.pixels()));
      }
    }
  }

  @Test
  void ofSeveralVariantsThatFellTheFirstCounts() {
    try (FlatParameters parameters = ToyCnn.parameters(MODEL);
        PointerScope scope = new PointerScope()) {
      Victim victim = new Victim(new ToyCnn(parameters));
      AttackBatch batch = FastAdaptiveBoundaryTest.batch(victim, 0, 1);
      // Whatever is found is classified once more: only what the model gets wrong is kept.
      SquareAttack strong = new SquareAttack(ThreatModel.linf(0.5), 200, 0.8);
      Tensor first = strong.attack(victim, batch).pixels();
      Tensor second = first.flip(3);
      Survivors survivors = new Survivors(victim, batch);
      AttackBatch twice = batch.times(2);
      assertThat(twice.count()).isEqualTo(4);
      assertThat(twice.imageIds()).containsExactly(0, 1, 0, 1);
      survivors.record(
          new boolean[] {true, false, true, true}, torch.cat(new TensorVector(first, second), 0));
      Tensor kept = survivors.outcome().pixels();
      assertThat(Tensors.toArray(kept.select(0, 0))).isEqualTo(Tensors.toArray(first.select(0, 0)));
    }
  }

  @Test
  void aPassHasAtLeastOneImage() {
    assertThatThrownBy(() -> new Victim(null, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a pass has at least one image: 0");
    Victim victim = new Victim(null, 60);
    assertThat(IntStream.of(1, 7, 60, 61).map(victim::variants).toArray())
        .containsExactly(60, 8, 1, 1);
  }

  private static AttackBatch batch(Victim victim) {
    return FastAdaptiveBoundaryTest.batch(victim, IntStream.range(0, IMAGES).toArray());
  }

  /** Notes how many images each pass has. */
  private record Passes(Classifier model, List<Integer> sizes) implements Classifier {
    Passes(Classifier model) {
      this(model, new ArrayList<>());
    }

    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      sizes.add(Math.toIntExact(pixels.size(0)));
      return model.forward(pixels, pass);
    }
  }
}
