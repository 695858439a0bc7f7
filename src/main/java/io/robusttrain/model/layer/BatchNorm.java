package io.robusttrain.model.layer;

import io.robusttrain.model.ForwardPass;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Batch norm over all but the channels. */
public final class BatchNorm {
  private static final double EPSILON = 1e-5;

  private final Scope scope;
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter mean;
  private final Parameter variance;

  public BatchNorm(Scope scope, int channels) {
    this(scope, channels, Initializer.ones());
  }

  /** With another initial scale: residual branches may start at nothing. */
  public BatchNorm(Scope scope, int channels, Initializer scale) {
    this.scope = scope;
    weight = scope.parameter("weight", scale, channels);
    bias = scope.parameter("bias", Initializer.zeros(), channels);
    mean = scope.statistic("running_mean", Initializer.zeros(), channels);
    variance = scope.statistic("running_var", Initializer.ones(), channels);
  }

  /** From (B, C, H, W) to (B, C, H, W). */
  public Tensor forward(Tensor input, ForwardPass pass) {
    boolean alone = input.size(0) == 1;
    Tensor output = alone ? ofOneImage(input, pass) : normalized(input, pass);
    return scope.traced("batch_norm", input, output);
  }

  /**
   * The first stride of a single image may be any number, and where a gradient's is, libtorch's
   * backward pass takes channels last for channels first and puts each value in another's place.
   * The gradient of a part of a tensor is laid out anew, so that both orders can be told apart.
   */
  private Tensor ofOneImage(Tensor input, ForwardPass pass) {
    Tensor output = normalized(input.contiguous(), pass);
    return (input.is_contiguous() ? output : output.contiguous(torch.MemoryFormat.ChannelsLast))
        .narrow(0, 0, 1);
  }

  private Tensor normalized(Tensor input, ForwardPass pass) {
    if (pass instanceof ForwardPass.Train train && !train.frozenNorms().contains(scope.name())) {
      // Momentum 1 leaves this batch's own mean and unbiased variance in the buffers.
      return torch.batch_norm(
          input,
          weight.optional(),
          bias.optional(),
          new TensorOptional(train.statistics().buffer(scope.name() + ".running_mean")),
          new TensorOptional(train.statistics().buffer(scope.name() + ".running_var")),
          true,
          1.0,
          EPSILON,
          true);
    }
    return torch.batch_norm(
        input,
        weight.optional(),
        bias.optional(),
        mean.optional(),
        variance.optional(),
        false,
        0.0,
        EPSILON,
        true);
  }
}
