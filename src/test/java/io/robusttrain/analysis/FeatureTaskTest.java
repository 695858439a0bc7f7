package io.robusttrain.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeatureTaskTest {
  private static final int SIDE = 2;

  /** Of class 1 against class 0, one weight for each value of an image. */
  private static final float[] WEIGHTS = {
    0.5f, -1, 0.25f, 1, -0.5f, 0.75f, 1, -1, 0.5f, -0.25f, 1, -1
  };

  /** Logits 0 and the product of the weights and the pixels. */
  private static final Classifier LINEAR =
      new Classifier() {
        @Override
        public Tensor forward(Tensor pixels, ForwardPass pass) {
          return Tensors.scoped(
              () -> {
                float[] both = new float[2 * WEIGHTS.length];
                System.arraycopy(WEIGHTS, 0, both, WEIGHTS.length, WEIGHTS.length);
                Tensor matrix = Tensors.of(both, ComputeDevice.CPU, 2, WEIGHTS.length);
                return pixels.flatten(1, -1).matmul(matrix.t());
              });
        }
      };

  @BeforeEach
  void start() {
    Arithmetic.start();
  }

  /** A linear model's idea of a class is white where its weights are above 0, else black. */
  @Test
  void noiseBecomesWhatALinearModelLooksFor() {
    FeatureTask task = new FeatureTask(1, 2, new Features(100, 2, 2, 0).descent(), 0);
    ObjectNode outcome = task.show(LINEAR, SIDE, ComputeDevice.CPU).put("side", SIDE);
    for (int copy = 0; copy < 2; copy++) {
      float[] values = Picture.read(outcome, "pixels", copy).values();
      double product = 0;
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isEqualTo(WEIGHTS[i] > 0 ? 1 : 0);
        product += WEIGHTS[i] * values[i];
      }
      double after = Json.array(outcome, "after", double[].class)[copy];
      assertThat(after).isCloseTo(1 / (1 + Math.exp(-product)), within(1e-5));
      assertThat(Json.array(outcome, "before", double[].class)[copy]).isLessThan(after);
    }
  }

  @Test
  void theStepIsThePapersAndStaysInTheBox() {
    assertThat(new Features(100, 1, 1, 0).descent().stepSize()).isEqualTo(1.5 * 15 / 100);
    assertThat(new Features(10, 1, 1, 0).descent().stepSize()).isEqualTo(1);
  }
}
