package io.robusttrain.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EpsilonScheduleTest {
  private static final double FOUR = 4 / 255.0;
  private static final double EIGHT = 8 / 255.0;

  private static final Map<String, EpsilonSchedule> CASES =
      Map.of(
          "imagenet 1k: linear, period 10", linear(FOUR, 10, 0),
          "imagenet 100 ablation: linear, period 20", linear(FOUR, 20, 0),
          "sweep period 0", linear(FOUR, 0, 0),
          "sweep period 5", linear(FOUR, 5, 0),
          "sweep period 30", linear(FOUR, 30, 0),
          "linear with 3 zero epochs, period 10", linear(FOUR, 10, 3),
          "sine period 10", new EpsilonSchedule.Sine(FOUR, 10, 0, Granularity.EPOCH),
          "constant", new EpsilonSchedule.Constant(EIGHT, 0, Granularity.EPOCH),
          "eps 8, linear 10", linear(EIGHT, 10, 0));

  static List<String> cases() throws Exception {
    List<String> names = new ArrayList<>();
    Golden.read("eps_schedules.json").fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsThePublishedCodeAtEveryEpoch(String name) throws Exception {
    JsonNode file = Golden.read("eps_schedules.json");
    double[] expected = Golden.values(file, name, "eps_per_epoch");
    assertThat(CASES).containsKey(name);
    assertThat(CASES.get(name).epsilon())
        .isEqualTo(file.path(name).path("final_eps_255").doubleValue() / 255);
    for (int epoch = 0; epoch < expected.length; epoch++) {
      assertThat(CASES.get(name).radius(epoch))
          .as("epoch %d", epoch)
          .isCloseTo(expected[epoch], within(1e-17));
      assertThat(CASES.get(name).radius(epoch + 0.75)).isEqualTo(CASES.get(name).radius(epoch));
    }
  }

  @Test
  void risesWithinAnEpochWhenSteppedPerStep() {
    EpsilonSchedule perStep = new EpsilonSchedule.Linear(0.1, 10, 2, Granularity.STEP);
    assertThat(perStep.radius(1.99)).isZero();
    assertThat(perStep.radius(4.5)).isCloseTo(0.025, within(1e-17));
    assertThat(perStep.radius(10)).isEqualTo(0.1);
  }

  @Test
  void constantKeepsTheZeroEpochs() {
    EpsilonSchedule constant = new EpsilonSchedule.Constant(0.1, 2, Granularity.EPOCH);
    assertThat(constant.radius(1.5)).isZero();
    assertThat(constant.radius(2)).isEqualTo(0.1);
  }

  @Test
  void refusesWhatIsNoRadiusAndPositionsBeforeTheRun() {
    assertThat(linear(3, 10, 0).radius(10)).as("L2").isEqualTo(3);
    for (double wrong : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> linear(wrong, 10, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a radius is a finite number of at least 0");
    }
    assertThatThrownBy(() -> linear(FOUR, -1, 0)).isInstanceOf(IllegalArgumentException.class);
    EpsilonSchedule schedule = linear(FOUR, 10, 0);
    assertThatThrownBy(() -> schedule.radius(-0.5)).hasMessageContaining("-0.5");
    assertThatThrownBy(() -> schedule.radius(Double.NaN)).hasMessageContaining("NaN");
  }

  @Test
  void travelsToExecutors() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(linear(FOUR, 10, 3));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(linear(FOUR, 10, 3));
    }
  }

  private static EpsilonSchedule linear(double epsilon, double period, double zeroEpochs) {
    return new EpsilonSchedule.Linear(epsilon, period, zeroEpochs, Granularity.EPOCH);
  }
}
