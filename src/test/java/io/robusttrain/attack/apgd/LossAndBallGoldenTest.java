package io.robusttrain.attack.apgd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses, balls and schedules of the attacks against recorded values of the reference. */
@Numeric
class LossAndBallGoldenTest {
  private static final SafetensorsFixture LOSSES =
      SafetensorsFixture.read("golden/attacks/losses_projections.safetensors");

  private PointerScope scope;

  @BeforeEach
  void start() {
    Arithmetic.start();
    scope = new PointerScope();
  }

  @AfterEach
  void stop() {
    scope.close();
  }

  @Test
  void logitsRatiosAndTheirGradientsAreTheReferences() {
    Tensor labels = Tensors.labels(LOSSES.ints("loss.y"), ComputeDevice.CPU);
    Tensor targets = Tensors.labels(LOSSES.ints("loss.y_target"), ComputeDevice.CPU);
    compare("loss.dlr", logits -> LogitsRatio.untargeted(logits, labels));
    compare("loss.dlr_targeted", logits -> LogitsRatio.targeted(logits, labels, targets));
  }

  private static void compare(String name, UnaryOperator<Tensor> loss) {
    Tensor logits = tensor(LOSSES, "loss.logits");
    logits.set_requires_grad(true);
    Tensor values = loss.apply(logits);
    Tensor gradient = torch.grad(new TensorVector(values.sum()), new TensorVector(logits)).get(0);
    float[] expected = LOSSES.floats(name);
    float[] slope = LOSSES.floats(name + "_grad");
    // Two differences and a quotient; for the gradient another quotient and a sum of three.
    assertThat(Tensors.toArray(values))
        .containsExactly(expected, within(Rounding.apart(4, Doubles.largest(expected))));
    assertThat(Tensors.toArray(gradient))
        .containsExactly(slope, within(Rounding.apart(8, Doubles.largest(slope))));
  }

  @Test
  void logitsRatiosNeedEnoughClasses() {
    Tensor labels = Tensors.labels(new int[2], ComputeDevice.CPU);
    assertThatThrownBy(() -> LogitsRatio.untargeted(torch.zeros(2, 2), labels))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the DLR loss needs at least 3 classes, the model has 2: use apgd-ce");
    assertThatThrownBy(() -> LogitsRatio.targeted(torch.zeros(2, 3), labels, labels))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs at least 4 classes, the model has 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "1.0"})
  void euclideanBallIsTheReferences(String radius) {
    double epsilon = Double.parseDouble(radius);
    Tensor clean = tensor(LOSSES, "proj.x");
    ThreatModel threat = ThreatModel.l2(epsilon);
    Tensor projected = threat.project(tensor(LOSSES, "proj.x_adv"), clean, epsilon);
    // The length's sum of 108 squares, halved by the root; root, quotient, product, two sums.
    float near = Rounding.apart(54 + 5, 0.5);
    assertThat(Tensors.toArray(projected))
        .containsExactly(LOSSES.floats("proj.l2_" + radius), within(near));
    for (float distance : Tensors.toArray(threat.distances(projected, clean))) {
      assertThat(distance).isLessThanOrEqualTo((float) epsilon + Rounding.apart(54 + 5, 1));
    }
  }

  @Test
  void radiiFollowTheirNorm() {
    assertThat(ThreatModel.l1(12).epsilon()).isEqualTo(12);
    assertThat(ThreatModel.l2(3).norm()).isEqualTo(ThreatModel.Norm.L2);
    assertThatThrownBy(() -> ThreatModel.l2(-1)).hasMessageContaining("epsilon must lie in [0, ");
    assertThatThrownBy(() -> ThreatModel.l1(Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> ThreatModel.linf(8)).hasMessageContaining("[0, 1.0]");
  }

  @Test
  void checkpointsAreTheReferences() throws IOException {
    JsonNode schedules;
    try (InputStream in =
        getClass().getClassLoader().getResourceAsStream("golden/attacks/apgd_schedule.json")) {
      schedules = new ObjectMapper().readTree(in);
    }
    for (int iterations : new int[] {5, 10, 20, 25, 40, 50, 100, 200}) {
      JsonNode expected = schedules.get("n_iter_" + iterations);
      CheckpointSchedule schedule = CheckpointSchedule.of(iterations);
      assertThat(schedule.shortest()).isEqualTo(expected.get("min_window").asInt());
      assertThat(schedule.decrement()).isEqualTo(expected.get("window_decrement").asInt());
      int window = schedule.first();
      int at = window - 1;
      for (JsonNode checkpoint : expected.get("checkpoint_iterations_0based")) {
        assertThat(at).as("of %d", iterations).isEqualTo(checkpoint.asInt());
        window = schedule.after(window);
        at += window;
      }
      assertThat(at).isGreaterThanOrEqualTo(iterations);
    }
  }

  @Test
  void descentKnowsNoSparseBall() {
    assertThatThrownBy(() -> PgdAttack.of(ThreatModel.l1(12), 10, 1))
        .hasMessage("PGD knows Linf and L2; in L1 use apgd-ce");
  }

  private static Tensor tensor(SafetensorsFixture fixture, String name) {
    return Tensors.of(fixture.floats(name), ComputeDevice.CPU, fixture.shape(name));
  }
}
