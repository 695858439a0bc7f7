package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arguments, their checks, preprocessing and drop path of both residual families. */
@Numeric
class ResNetBehaviourTest {
  @ParameterizedTest
  @CsvSource({
    "resnet18, 224, 0.95",
    "resnet50, 224, 0.95",
    "resnet50_gelu, 224, 0.95",
    "wide_resnet50_2, 224, 0.875",
    "resnet50_32, 32, 1.0"
  })
  void preprocessingIsTimms(String name, int side, double cropFraction) {
    assertThat(ModelRegistry.create(name, ModelOptions.none()).defaultPreprocessing())
        .isEqualTo(
            new Preprocessing(
                side,
                side,
                List.of(0.485, 0.456, 0.406),
                List.of(0.229, 0.224, 0.225),
                cropFraction,
                "bicubic"));
  }

  @Test
  void argumentsMakeOneModelAnother() {
    Map<String, Object> gelu = Map.of("act_layer", "gelu", "stem", "cifar", "num_classes", 10);
    Architecture changed = ModelRegistry.create("resnet50", gelu);
    assertThat(changed.layout().specs())
        .isEqualTo(ModelRegistry.create("resnet50_32", ModelOptions.none()).layout().specs());
    assertThat(changed.arguments()).containsEntry("act_layer", "gelu");
    assertThat(ModelRegistry.create("resnet50", Map.of("base_width", 128)).layout().specs())
        .isEqualTo(ModelRegistry.create("wide_resnet50_2", ModelOptions.none()).layout().specs());
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50, act_layer, selu, act_layer must be relu or gelu",
    "resnet50, block, deep, block must be basic or bottleneck",
    "resnet50, stem, none, stem must be imagenet or cifar",
  })
  void wordsAreChecked(String model, String argument, String word, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelRegistry.create(model, Map.of(argument, word)))
        .withMessageContaining(message)
        .withMessageContaining(word);
  }

  @Test
  void sizesAreChecked() {
    refused("resnet50", Map.of("layers", List.of(1, 1)), "each of the 4 stages");
    refused("resnet50", Map.of("channels", List.of(8, 0, 8, 8)), "channels must be at least 1");
    refused("resnet18", Map.of("base_width", 128), "base_width must stay 64");
    refused("resnet50", Map.of("base_width", 4, "channels", List.of(8, 8, 8, 8)), "raise either");
    refused("resnet50", Map.of("img_size", 0), "img_size must be at least 1");
    refused("wide_resnet28_10", Map.of("depth", 26), "the nearest that is: 28");
    refused("wide_resnet28_10", Map.of("drop_path_rate", 0.1), "has no drop path");
    refused("wide_resnet28_10", Map.of("layers", List.of(1)), "has no argument layers");
  }

  private static void refused(String model, Map<String, ?> arguments, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelRegistry.create(model, arguments))
        .withMessageContaining(message);
  }

  /** The first block always stays; with a rate near one, all others go. */
  @Test
  void dropPathGrowsLinearlyFromTheFirstBlock() {
    assertThat(logits(0.999999, 1)).isNotEqualTo(logits(0, 1));
    assertThat(logits(0.5, 1)).isEqualTo(logits(0.5, 1)).isNotEqualTo(logits(0.5, 2));
    assertThat(logits(0, 1)).isEqualTo(logits(0, 2));
  }

  private static float[] logits(double dropPath, long key) {
    Architecture model =
        ModelRegistry.create(
            "resnet18_32",
            ModelOptions.none()
                .withImageSize(16)
                .with("layers", List.of(1, 1, 1, 1))
                .with("channels", List.of(8, 8, 8, 8))
                .withDropPathRate(dropPath));
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU);
        BatchStatistics statistics = new BatchStatistics(model.layout(), ComputeDevice.CPU);
        Classifier classifier = model.bind(parameters)) {
      model.initialize(parameters, SeedKey.of(5));
      // A new block's residual branch is nothing, which would hide its dropping.
      for (int stage = 1; stage <= 4; stage++) {
        parameters.value("layer" + stage + ".0.bn2.weight").detach().fill_(new Scalar(1f));
      }
      Tensor pixels = Tensors.uniform(SeedKey.of(6), 0, 1, ComputeDevice.CPU, 4, 3, 16, 16);
      return Tensors.toArray(
          classifier.forward(pixels, ForwardPass.train(statistics, SeedKey.of(key))));
    }
  }
}
