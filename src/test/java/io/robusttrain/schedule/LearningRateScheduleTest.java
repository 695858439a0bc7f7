package io.robusttrain.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.schedule.LearningRateSchedule.Constant;
import io.robusttrain.schedule.LearningRateSchedule.Cosine;
import io.robusttrain.schedule.LearningRateSchedule.StepDecay;
import io.robusttrain.schedule.LearningRateSchedule.WarmUp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearningRateScheduleTest {
  private static final double SQRT_SCALED = LearningRateScaling.SQRT.scale(2e-4, 1024, 512);

  private static final Map<String, LearningRateSchedule> CASES =
      Map.of(
          "xcit_adv_training (batch 512: 8 devices x 64)", cosine(5e-4, 1e-5, 100, 10),
          "xcit_adv_training lr 1e-3 (batch 1024)", cosine(1e-3, 1e-5, 100, 10),
          "xcit canonical config (warm-up 5)", cosine(5e-4, 1e-5, 100, 5),
          "hi-res fine-tuning", cosine(5e-5, 5e-6, 20, 5),
          "cifar fine-tuning, lr 2e-4 x sqrt(1024/512)", cosine(SQRT_SCALED, 5e-6, 20, 5),
          "cifar from scratch", cosine(2e-4, 5e-6, 100, 5),
          "resnet (step)", new StepDecay(3.2, 30, 0.1, new WarmUp(5, 3.2), Granularity.EPOCH));

  static List<String> cases() throws Exception {
    List<String> names = new ArrayList<>();
    Golden.read("lr_schedules.json").fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsThePublishedCodeAtEveryEpoch(String name) throws Exception {
    double[] expected = Golden.values(Golden.read("lr_schedules.json"), name, "lr_per_epoch");
    assertThat(CASES).containsKey(name);
    for (int epoch = 0; epoch < expected.length; epoch++) {
      assertThat(CASES.get(name).value(epoch))
          .as("epoch %d", epoch)
          .isCloseTo(expected[epoch], within(4 * Math.ulp(expected[epoch])));
      assertThat(CASES.get(name).value(epoch + 0.5)).isEqualTo(CASES.get(name).value(epoch));
    }
  }

  @Test
  void movesWithinAnEpochWhenSteppedPerStep() {
    LearningRateSchedule cosine = new Cosine(1, 0, 10, new WarmUp(2, 0.5), Granularity.STEP);
    assertThat(cosine.value(0.5)).isCloseTo(0.625, within(1e-15));
    assertThat(cosine.value(5)).isCloseTo(0.5, within(1e-15));
    assertThat(cosine.value(10.5)).isZero();
    LearningRateSchedule step = new StepDecay(1, 2, 0.5, new WarmUp(0, 0), Granularity.STEP);
    assertThat(step.value(1.99)).isEqualTo(1);
    assertThat(step.value(4.2)).isEqualTo(0.25);
  }

  @Test
  void constantStaysAfterTheWarmUp() {
    LearningRateSchedule constant = new Constant(0.4, new WarmUp(4, 0), Granularity.EPOCH);
    assertThat(constant.value(1)).isCloseTo(0.1, within(1e-15));
    assertThat(constant.value(4)).isEqualTo(0.4);
    assertThat(constant.value(400)).isEqualTo(0.4);
  }

  @Test
  void scalesWithTheBatchAsTheRuleSays() {
    assertThat(LearningRateScaling.LINEAR.scale(5e-4, 1024, 512)).isEqualTo(1e-3);
    assertThat(LearningRateScaling.SQRT.scale(2e-4, 1024, 512))
        .isCloseTo(0.000282842712474619, within(1e-18));
    assertThat(LearningRateScaling.NONE.scale(5e-4, 1024, 512)).isEqualTo(5e-4);
    assertThatThrownBy(() -> LearningRateScaling.LINEAR.scale(1, 0, 512))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesImpossibleArguments() {
    assertThatThrownBy(() -> cosine(Double.NaN, 0, 10, 1)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> cosine(1, 0, 0, 1)).hasMessageContaining("above 0");
    assertThatThrownBy(() -> new WarmUp(-1, 0)).hasMessageContaining("-1");
    assertThatThrownBy(() -> cosine(1, 0, 10, 1).value(-1)).hasMessageContaining("-1");
  }

  private static LearningRateSchedule cosine(double lr, double min, double epochs, double warmUp) {
    return new Cosine(lr, min, epochs, new WarmUp(warmUp, 1e-6), Granularity.EPOCH);
  }
}
