package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The small adversarially trained network of {@code golden/attacks/toy_cnn.safetensors}: 16 x 16
 * pixels, 10 classes, two batch norms.
 */
public final class ToyCnn implements Classifier {
  /** The fixture's place. */
  public static final String RESOURCE = "golden/attacks/toy_cnn.safetensors";

  /** Names and shapes. */
  public static final ParameterLayout LAYOUT =
      new ParameterLayout(
          List.of(
              ParameterSpec.parameter("conv1.weight", 12, 3, 3, 3),
              ParameterSpec.parameter("conv1.bias", 12),
              ParameterSpec.parameter("conv2.weight", 24, 12, 3, 3),
              ParameterSpec.parameter("bn2.weight", 24),
              ParameterSpec.parameter("bn2.bias", 24),
              ParameterSpec.statistic("bn2.running_mean", 24),
              ParameterSpec.statistic("bn2.running_var", 24),
              ParameterSpec.parameter("conv3.weight", 32, 24, 3, 3),
              ParameterSpec.parameter("bn3.weight", 32),
              ParameterSpec.parameter("bn3.bias", 32),
              ParameterSpec.statistic("bn3.running_mean", 32),
              ParameterSpec.statistic("bn3.running_var", 32),
              ParameterSpec.parameter("fc.weight", 10, 512),
              ParameterSpec.parameter("fc.bias", 10)));

  private final FlatParameters parameters;

  /** Over parameters of {@link #LAYOUT}. */
  public ToyCnn(FlatParameters parameters) {
    this.parameters = parameters;
  }

  /** The stored weights in float32. */
  public static FlatParameters parameters(SafetensorsFixture fixture) {
    return parameters(fixture, ScalarType.Float);
  }

  /** The stored weights. */
  public static FlatParameters parameters(SafetensorsFixture fixture, ScalarType dtype) {
    FlatParameters parameters = new FlatParameters(LAYOUT, ComputeDevice.CPU, dtype);
    float[] flat = new float[LAYOUT.size()];
    for (ParameterSpec spec : LAYOUT.specs()) {
      float[] values = fixture.floats("model." + spec.name());
      System.arraycopy(values, 0, flat, LAYOUT.offset(spec.name()), values.length);
    }
    parameters.load(flat, 0);
    return parameters;
  }

  /** The number of running statistics. */
  public static int statistics() {
    return LAYOUT.end(Segment.STATISTICS) - LAYOUT.start(Segment.STATISTICS);
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    TensorOptional bias = new TensorOptional(parameters.value("conv1.bias"));
    Tensor x = torch.gelu(convolve(pixels, "conv1", bias, 1));
    x = torch.gelu(normalise(convolve(x, "conv2", new TensorOptional(), 2), "bn2", pass));
    x = torch.gelu(normalise(convolve(x, "conv3", new TensorOptional(), 2), "bn3", pass));
    return torch.linear(
        x.flatten(1, -1),
        parameters.value("fc.weight"),
        new TensorOptional(parameters.value("fc.bias")));
  }

  private Tensor convolve(Tensor x, String name, TensorOptional bias, int stride) {
    Tensor weight = parameters.value(name + ".weight");
    return ConvolutionSize.of((int) weight.size(1), (int) weight.size(0), 3)
        .stride(stride)
        .convolve(x, weight, bias);
  }

  private Tensor normalise(Tensor x, String name, ForwardPass pass) {
    TensorOptional weight = new TensorOptional(parameters.value(name + ".weight"));
    TensorOptional bias = new TensorOptional(parameters.value(name + ".bias"));
    String mean = name + ".running_mean";
    String variance = name + ".running_var";
    if (pass instanceof ForwardPass.Train train) {
      TensorOptional m = new TensorOptional(train.statistics().buffer(mean));
      TensorOptional v = new TensorOptional(train.statistics().buffer(variance));
      return torch.batch_norm(x, weight, bias, m, v, true, 1, 1e-5, true);
    }
    TensorOptional m = new TensorOptional(parameters.value(mean));
    TensorOptional v = new TensorOptional(parameters.value(variance));
    return torch.batch_norm(x, weight, bias, m, v, false, 0, 1e-5, true);
  }
}
