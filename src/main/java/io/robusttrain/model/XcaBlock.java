package io.robusttrain.model;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A cross-covariance block: attention over channels, local patch interaction, MLP. */
final class XcaBlock {
  private final LayerNorm norm1;
  private final CrossCovarianceAttention attention;
  private final DropPath path1;
  private final LayerNorm norm3;
  private final Convolution conv1;
  private final BatchNorm localNorm;
  private final Convolution conv2;
  private final DropPath path3;
  private final LayerNorm norm2;
  private final Mlp mlp;
  private final DropPath path2;

  XcaBlock(XcitConfig config, int index, BoundTensors tensors, ComputeDevice device) {
    String prefix = "blocks." + index + ".";
    norm1 = LayerNorm.of(tensors, prefix + "norm1", XcitClassifier.EPSILON);
    attention = CrossCovarianceAttention.of(tensors, prefix + "attn", config.heads());
    path1 = new DropPath(tensors.tensor(prefix + "gamma1"), config.dropPath(), index, 1, device);
    norm3 = LayerNorm.of(tensors, prefix + "norm3", XcitClassifier.EPSILON);
    conv1 = Convolution.depthwise(tensors, prefix + "local_mp.conv1");
    localNorm = BatchNorm.of(tensors, prefix + "local_mp.bn");
    conv2 = Convolution.depthwise(tensors, prefix + "local_mp.conv2");
    path3 = new DropPath(tensors.tensor(prefix + "gamma3"), config.dropPath(), index, 3, device);
    norm2 = LayerNorm.of(tensors, prefix + "norm2", XcitClassifier.EPSILON);
    mlp = Mlp.of(tensors, prefix + "mlp");
    path2 = new DropPath(tensors.tensor(prefix + "gamma2"), config.dropPath(), index, 2, device);
  }

  /** From (B, N, D) to (B, N, D), the tokens being a grid of {@code rows x columns}. */
  Tensor forward(Tensor tokens, long rows, long columns, ForwardPass pass) {
    Tensor attended =
        Tensors.scoped(() -> path1.add(tokens, attention.forward(norm1.forward(tokens)), pass));
    Tensor mixed =
        Tensors.scoped(
            () -> path3.add(attended, local(norm3.forward(attended), rows, columns, pass), pass));
    return Tensors.scoped(() -> path2.add(mixed, mlp.forward(norm2.forward(mixed)), pass));
  }

  /** Two depthwise convolutions over the grid; the tokens are its channels-last view. */
  private Tensor local(Tensor tokens, long rows, long columns, ForwardPass pass) {
    Tensor grid = tokens.transpose(1, 2).view(tokens.size(0), tokens.size(2), rows, columns);
    Tensor mixed = conv2.forward(localNorm.forward(torch.gelu(conv1.forward(grid)), pass));
    return mixed.flatten(2, 3).transpose(1, 2);
  }
}
