package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Moments;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The initial distributions of both residual families against timm's and RobustBench's. */
@Numeric
class ResNetInitializationTest {
  /** Fan out: output channels times the places of the window, for a stride and a 1x1 alike. */
  @ParameterizedTest
  @CsvSource({
    "resnet50, conv1.weight, 3136",
    "resnet50, layer1.0.conv2.weight, 576",
    "resnet50, layer1.0.conv3.weight, 256",
    "resnet50, layer2.0.downsample.0.weight, 512",
    "resnet18_32, conv1.weight, 576",
    "wide_resnet16_4, conv1.weight, 144",
    "wide_resnet16_4, block2.layer.0.conv1.weight, 1152",
    "wide_resnet16_4, block2.layer.0.convShortcut.weight, 128"
  })
  void convolutionsAreNormalByTheirFanOut(String model, String tensor, int fanOut) {
    try (FlatParameters parameters = initialized(model, 1)) {
      float[] weight = values(parameters, tensor);
      double expected = Math.sqrt(2.0 / fanOut);
      Moments.assertMoments(weight, expected);
      // A normal's tail, which a uniform distribution of that deviation has not.
      assertThat(Moments.maximum(weight)).isGreaterThan(2 * expected);
    }
  }

  @Test
  void headsAreUniformWithinTheirFanIn() {
    try (FlatParameters resNet = initialized("resnet50", 1);
        FlatParameters wide = initialized("wide_resnet16_4", 1)) {
      Moments.assertUniform(values(resNet, "fc.weight"), 2048);
      Moments.assertUniform(values(resNet, "fc.bias"), 2048);
      Moments.assertUniform(values(wide, "fc.weight"), 256);
      assertThat(values(wide, "fc.bias")).containsOnly(0f);
    }
  }

  @Test
  void blocksOfResNetStartAsTheirShortcut() {
    try (FlatParameters bottleneck = initialized("resnet50", 1);
        FlatParameters basic = initialized("resnet18", 1)) {
      assertThat(values(bottleneck, "layer1.0.bn3.weight")).containsOnly(0f);
      assertThat(values(bottleneck, "layer1.0.bn2.weight")).containsOnly(1f);
      assertThat(values(bottleneck, "layer1.0.downsample.1.weight")).containsOnly(1f);
      assertThat(values(basic, "layer4.1.bn2.weight")).containsOnly(0f);
      assertThat(values(basic, "layer4.1.bn1.weight")).containsOnly(1f);
      assertThat(values(basic, "bn1.bias")).containsOnly(0f);
      assertThat(values(basic, "bn1.running_mean")).containsOnly(0f);
      assertThat(values(basic, "bn1.running_var")).containsOnly(1f);
    }
  }

  @Test
  void normsOfTheWideNetworkAreTheIdentity() {
    try (FlatParameters parameters = initialized("wide_resnet16_4", 1)) {
      for (String norm :
          ModelRegistry.create("wide_resnet16_4", ModelOptions.none()).batchNorms()) {
        assertThat(values(parameters, norm + ".weight")).containsOnly(1f);
        assertThat(values(parameters, norm + ".bias")).containsOnly(0f);
      }
    }
  }

  @Test
  void equalKeysGiveEqualValuesAndOthersDiffer() {
    try (FlatParameters first = initialized("wide_resnet16_4", 1);
        FlatParameters same = initialized("wide_resnet16_4", 1);
        FlatParameters other = initialized("wide_resnet16_4", 2)) {
      assertThat(Tensors.toArray(same.values())).isEqualTo(Tensors.toArray(first.values()));
      assertThat(values(other, "fc.weight")).isNotEqualTo(values(first, "fc.weight"));
    }
  }

  private static FlatParameters initialized(String name, long seed) {
    Architecture model = ModelRegistry.create(name, ModelOptions.none());
    FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU);
    model.initialize(parameters, SeedKey.of(seed));
    return parameters;
  }

  private static float[] values(FlatParameters parameters, String name) {
    return Tensors.toArray(parameters.value(name));
  }
}
