package io.robusttrain.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
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
    FeatureTask task = new FeatureTask(1, 2, new Features(100, 2, 2, 0, 0).descent(), 0);
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

  /** A representation that keeps everything leads back to the photograph. */
  @Test
  void whatARepresentationKeepsIsFoundAgain() {
    Classifier everything =
        (pixels, pass) -> Tensors.scoped(() -> new Tensor(pixels.flatten(1, -1)));
    float[] values = new float[2 * 3 * SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.05f + 0.9f * i / values.length;
    }
    ImageBlock images =
        new ImageBlock(new int[] {0, 1}, new long[] {7, 9}, new int[] {0, 1}, new long[2]);
    ProjectedGradientDescent descent = new Features(100, 1, 1, 2, 0).inversion(SIDE);
    try (PointerScope scope = new PointerScope()) {
      Tensor photographs = Tensors.of(values, ComputeDevice.CPU, 2, 3, SIDE, SIDE);
      ObjectNode outcome =
          new InversionTask(0, images, descent, 0)
              .invert(everything, photographs)
              .put("side", SIDE);
      for (int image = 0; image < 2; image++) {
        float[] found = Picture.read(outcome, "inverted", image).values();
        double length = 0;
        double distance = 0;
        for (int i = 0; i < found.length; i++) {
          float wanted = values[image * found.length + i];
          length += (double) wanted * wanted;
          distance += (double) (found[i] - wanted) * (found[i] - wanted);
        }
        // Each step goes straight there, and the last ones go back and forth by one step at most.
        assertThat(Math.sqrt(distance)).isLessThanOrEqualTo(descent.stepSize() * (1 + 1e-5));
        assertThat(Json.array(outcome, "after", double[].class)[image])
            .isCloseTo(Math.sqrt(distance / length), within(1e-4));
        assertThat(Json.array(outcome, "before", double[].class)[image]).isGreaterThan(0.1);
      }
    }
  }

  @Test
  void theStepIsThePapersAndStaysInTheBox() {
    assertThat(new Features(100, 1, 1, 0, 0).descent().stepSize()).isEqualTo(1.5 * 15 / 100);
    assertThat(new Features(10, 1, 1, 0, 0).descent().stepSize()).isEqualTo(1);
  }
}
