package io.robusttrain.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The initial distributions of ConvNeXt and of both PoolFormers against timm's. */
@Numeric
class ConvolutionalInitializationTest {
  private static final ModelOptions ONE_BLOCK =
      ModelOptions.none().with("depths", List.of(1, 1, 1, 1)).withNumClasses(100);

  @Test
  void convNeXtIsTruncatedNormalThroughout() {
    try (Initial model = new Initial("convnext_tiny", ONE_BLOCK)) {
      model.assertNormal("stem.0.weight");
      model.assertNormal("stages.2.blocks.0.conv_dw.weight");
      model.assertNormal("stages.1.downsample.1.weight");
      model.assertNormal("stages.0.blocks.0.mlp.fc2.weight");
      model.assertNormal("head.fc.weight");
      model.assertConstant(0, "stem.0.bias", "stages.2.blocks.0.conv_dw.bias", "head.fc.bias");
      model.assertConstant(0, "stages.0.blocks.0.mlp.fc1.bias", "stages.1.downsample.0.bias");
      model.assertConstant(1, "stem.1.weight", "stages.3.blocks.0.norm.weight", "head.norm.weight");
      model.assertConstant(1e-6f, "stages.0.blocks.0.gamma");
    }
  }

  @Test
  void convNeXtV2StartsWithoutResponseNormAndHasNoLayerScale() {
    try (Initial model = new Initial("convnextv2_atto", ONE_BLOCK)) {
      model.assertNormal("stages.0.blocks.0.mlp.fc1.weight");
      model.assertNormal("stages.3.blocks.0.mlp.fc2.weight");
      model.assertConstant(0, "stages.0.blocks.0.mlp.fc1.bias", "stages.0.blocks.0.mlp.grn.weight");
      model.assertConstant(0, "stages.3.blocks.0.mlp.grn.bias");
    }
  }

  /** The stem is put into a finished model, in PyTorch's own initial values. */
  @Test
  void stemsOfConvolutionsAreUniform() {
    try (Initial model = new Initial("convnext_b_cvst", ONE_BLOCK)) {
      model.assertUniform("stem.stem.0.weight", 3 * 9);
      model.assertUniform("stem.stem.6.weight", 96 * 9);
      model.assertUniform("stem.stem.6.bias", 96 * 9);
      model.assertConstant(1, "stem.stem.7.weight");
      model.assertNormal("stages.1.downsample.1.weight");
    }
    try (Initial model = new Initial("vit_s_cvst", ModelOptions.none().with("depth", 1))) {
      model.assertUniform("patch_embed.proj.stem.9.weight", 192 * 9);
      model.assertUniform("patch_embed.proj.stem.12.weight", 384);
      model.assertUniform("patch_embed.proj.stem.12.bias", 384);
      model.assertConstant(0, "patch_embed.proj.stem.10.bias");
    }
  }

  @Test
  void poolFormerOfTimmIsTruncatedNormalThroughout() {
    try (Initial model = new Initial("poolformer_s12", ONE_BLOCK)) {
      model.assertNormal("stem.conv.weight");
      model.assertNormal("stages.1.downsample.conv.weight");
      model.assertNormal("stages.0.blocks.0.mlp.fc2.weight");
      model.assertNormal("head.fc.weight");
      model.assertConstant(0, "stem.conv.bias", "stages.0.blocks.0.mlp.fc1.bias", "head.fc.bias");
      model.assertConstant(1, "stages.3.blocks.0.norm2.weight", "head.norm.weight");
      model.assertConstant(1e-5f, "stages.0.blocks.0.layer_scale1.scale");
    }
  }

  @Test
  void poolFormerOfThePaperHasUniformConvolutions() {
    try (Initial model = new Initial("poolformer_m12", ONE_BLOCK)) {
      model.assertUniform("stem.conv.weight", 3 * 49);
      model.assertUniform("stages.1.downsample.conv.weight", 96 * 9);
      model.assertUniform("stages.1.downsample.conv.bias", 96 * 9);
      model.assertUniform("stages.0.blocks.0.mlp.fc1.bias", 96);
      model.assertUniform("stages.0.blocks.0.mlp.fc2.weight", 4 * 96);
      model.assertNormal("head.fc.weight");
      model.assertConstant(0, "head.fc.bias", "head.norm.bias");
      model.assertConstant(1e-5f, "stages.3.blocks.0.layer_scale2.scale");
    }
  }

  @Test
  void deepPoolFormersStartCloserToTheIdentity() {
    for (String name : List.of("poolformer_s36", "poolformer_m36", "poolformer_m48")) {
      try (Initial model = new Initial(name, ONE_BLOCK.with("dims", List.of(8, 16, 24, 32)))) {
        model.assertConstant(1e-6f, "stages.0.blocks.0.layer_scale1.scale");
      }
    }
  }

  /** A model's initial values. */
  private static final class Initial implements AutoCloseable {
    private final FlatParameters parameters;

    Initial(String name, ModelOptions options) {
      Architecture model = ModelRegistry.create(name, options);
      parameters = new FlatParameters(model.layout(), ComputeDevice.CPU);
      model.initialize(parameters, SeedKey.of(1));
    }

    private double[] values(String name) {
      float[] values = Tensors.toArray(parameters.value(name));
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    void assertConstant(float value, String... names) {
      for (String name : names) {
        assertThat(Tensors.toArray(parameters.value(name))).as(name).containsOnly(value);
      }
    }

    void assertNormal(String name) {
      double[] values = values(name);
      assertMoments(name, values, 0.02);
      assertThat(maximum(values)).as(name).isGreaterThan(3 * 0.02);
    }

    void assertUniform(String name, int fanIn) {
      double[] values = values(name);
      double bound = 1 / Math.sqrt(fanIn);
      assertMoments(name, values, bound / Math.sqrt(3));
      assertThat(maximum(values)).as(name).isBetween(0.9 * bound, 1.000001 * bound);
    }

    private static void assertMoments(String name, double[] values, double deviation) {
      double count = values.length;
      double mean = IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum() / count;
      double square =
          IntStream.range(0, values.length).mapToDouble(i -> values[i] * values[i]).sum() / count;
      assertThat(mean).as(name).isCloseTo(0, within(4 * deviation / Math.sqrt(count)));
      assertThat(Math.sqrt(square))
          .as(name)
          .isCloseTo(deviation, within(4 * deviation / Math.sqrt(2 * count)));
    }

    private static double maximum(double[] values) {
      return IntStream.range(0, values.length)
          .mapToDouble(i -> Math.abs(values[i]))
          .max()
          .orElse(0);
    }

    @Override
    public void close() {
      parameters.close();
    }
  }
}
