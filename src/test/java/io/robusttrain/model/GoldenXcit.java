package io.robusttrain.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A recorded tiny XCiT: its architecture, weights, input and reference results. */
final class GoldenXcit implements AutoCloseable {
  final SafetensorsFixture fixture;
  final Architecture architecture;
  final FlatParameters parameters;

  GoldenXcit(String name) {
    fixture = SafetensorsFixture.read("golden/models/" + name + ".safetensors");
    architecture = architecture(fixture.metadata("config"));
    parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU);
    float[] values = new float[architecture.layout().size()];
    for (ParameterSpec spec : architecture.layout().specs()) {
      float[] tensor = fixture.floats("model." + spec.name());
      System.arraycopy(tensor, 0, values, architecture.layout().offset(spec.name()), tensor.length);
    }
    parameters.load(values, 0);
  }

  private static Architecture architecture(JsonNode config) {
    String base =
        switch (config.get("patch").asInt()) {
          case 8 -> "xcit_small_12_p8_224";
          case 4 -> "xcit_small_12_p4_32";
          case 2 -> "xcit_small_12_p2_32";
          default -> "xcit_small_12_p16_224";
        };
    JsonNode image = config.get("image");
    return ModelRegistry.create(
        base,
        ModelOptions.none()
            .withNumClasses(config.get("num_classes").asInt())
            .withImageSize(image.get(0).asInt(), image.get(1).asInt())
            .with("embed_dim", config.get("dim").asInt())
            .with("depth", config.get("depth").asInt())
            .with("num_heads", config.get("heads").asInt())
            .with("cls_attn_layers", config.get("cls_attn_layers").asInt())
            .with("tokens_norm", config.get("tokens_norm").asBoolean()));
  }

  /** The input as a leaf that takes a gradient, (B, 3, H, W). */
  Tensor pixels() {
    Tensor pixels = Tensors.of(fixture.floats("x"), ComputeDevice.CPU, fixture.shape("x"));
    pixels.set_requires_grad(true);
    return pixels;
  }

  Tensor labels() {
    return Tensors.labels(fixture.ints("y_int32"), ComputeDevice.CPU);
  }

  /** The parameters whose true gradient is zero: a constant shift under a softmax. */
  static List<String> zeroGradients() {
    return List.of("cls_attn_blocks.0.attn.k.bias", "cls_attn_blocks.1.attn.k.bias");
  }

  @Override
  public void close() {
    parameters.close();
  }
}
