package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The gradient of one image alone is that of the same image among others: attacks on the last image
 * that stands are no weaker than those before.
 */
@Numeric
class OneImageTest {
  /**
   * A sum of 4096 terms may be wrong by as many roundings of 6e-8; a gradient whose values are in
   * the wrong places differs by its own length.
   */
  private static final double ROUNDING = 1e-3;

  private static Architecture model(String name) {
    ModelOptions options = ModelOptions.none().withNumClasses(5).withImageSize(64);
    return ModelRegistry.create(
        name,
        name.startsWith("xcit")
            ? options.with("embed_dim", 16).with("depth", 1).with("num_heads", 2).with("eta", 1.0)
            : options);
  }

  /** Of the first image's first logit, by its pixels. */
  private static Tensor gradient(Classifier model, Tensor pixels, ForwardPass pass) {
    Tensor leaf = pixels.detach().clone();
    leaf.set_requires_grad(true);
    Tensor logit = model.forward(leaf, pass).select(0, 0).select(0, 0);
    return torch.grad(new TensorVector(logit), new TensorVector(leaf)).get(0).select(0, 0);
  }

  private static double difference(Tensor found, Tensor expected) {
    double length = expected.to(ScalarType.Double).norm().item_double();
    assertThat(length).isPositive();
    return found.sub(expected).to(ScalarType.Double).norm().item_double() / length;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xcit_nano_12_p8_224",
        "xcit_nano_12_p16_224",
        "deit_tiny_patch16_224",
        "cait_xxs24_224",
        "convnext_atto",
        "poolformer_s12",
        "resnet18"
      })
  void theGradientOfOneImageIsThatOfTheSameImageAmongOthers(String name) {
    Architecture architecture = model(name);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, SeedKey.of(5));
      try (Classifier classifier = architecture.bind(parameters)) {
        Tensor both = Tensors.uniform(SeedKey.of(1), 0, 1, ComputeDevice.CPU, 2, 3, 64, 64);
        Tensor one = both.narrow(0, 0, 1);
        for (boolean frozen : new boolean[] {false, true}) {
          if (frozen) {
            parameters.freeze();
          }
          assertThat(
                  difference(
                      gradient(classifier, one, ForwardPass.eval()),
                      gradient(classifier, both, ForwardPass.eval())))
              .isLessThan(ROUNDING);
        }
      }
    }
  }

  @Test
  void aMicroBatchOfOneImageTrainsAsAPairOfTwins() {
    Architecture architecture = model("xcit_nano_12_p8_224");
    try (PointerScope scope = new PointerScope();
        BatchStatistics statistics = new BatchStatistics(architecture.layout(), ComputeDevice.CPU);
        FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, SeedKey.of(5));
      try (Classifier classifier = architecture.bind(parameters)) {
        Tensor one = Tensors.uniform(SeedKey.of(1), 0, 1, ComputeDevice.CPU, 1, 3, 64, 64);
        // Statistics of an image and its twin are those of the image, and so are both gradients.
        Tensor twins = torch.cat(new TensorVector(one, one), 0);
        ForwardPass pass = ForwardPass.train(statistics, SeedKey.of(2));
        Tensor leaf = twins.detach();
        leaf.set_requires_grad(true);
        Tensor logits = classifier.forward(leaf, pass).select(1, 0).sum();
        Tensor expected =
            torch.grad(new TensorVector(logits), new TensorVector(leaf)).get(0).select(0, 0);
        assertThat(difference(gradient(classifier, one, pass), expected)).isLessThan(ROUNDING);
      }
    }
  }
}
