package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** The bounds of the twins hold for this processor's float32, with room, and are no wider. */
@Numeric
class CnnTwinsTest {
  private static final int IMAGES = 256;

  @Test
  void float32IsAFewTimesNearerToTheExactAnswersThanTheTwins() {
    Arithmetic.start();
    SafetensorsFixture fixture = SafetensorsFixture.read(ToyCnn.RESOURCE);
    try (FlatParameters parameters = ToyCnn.parameters(fixture);
        PointerScope scope = new PointerScope();
        CnnTwins twins = new CnnTwins(fixture, 8)) {
      Tensor x = Tensors.of(fixture.floats("x"), ComputeDevice.CPU, IMAGES, 3, 16, 16);
      Tensor labels = Tensors.labels(fixture.ints("y_int32"), ComputeDevice.CPU);
      Tensor wide = x.to(ScalarType.Double);
      List<LossGradient> answers = new ArrayList<>(twins.each(twin -> ask(twin, wide, labels)));
      LossGradient own = ask(new ToyCnn(parameters), x, labels);
      compare(answers.stream().map(a -> Doubles.of(a.logits())).toList(), own.logits());
      compare(answers.stream().map(a -> Doubles.of(a.gradient())).toList(), own.gradient());
    }
  }

  private static LossGradient ask(ToyCnn model, Tensor x, Tensor labels) {
    // Linear in the logits, so that no softmax hides what sums do.
    return new Victim(model).lossAndGradient(x, z -> z.gather(1, labels.unsqueeze(1)).squeeze(1));
  }

  private static void compare(List<double[]> answers, Tensor own) {
    double[] allowed = CnnTwins.spread(answers, IMAGES);
    double[] errors = CnnTwins.spread(List.of(answers.get(0), Doubles.of(own)), IMAGES);
    double sum = 0;
    for (int image = 0; image < IMAGES; image++) {
      assertThat(errors[image]).as("image %d", image).isLessThan(allowed[image]);
      sum += errors[image] / allowed[image];
    }
    assertThat(sum / IMAGES).isBetween(0.02, 0.5);
  }
}
