package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** An XCiT over one replica's parameters. */
final class XcitClassifier implements Classifier {
  /** Added to the variance in every layer norm. */
  static final double EPSILON = 1e-6;

  private final XcitConfig config;
  private final BoundTensors tensors;
  private final XcitStem stem;
  private final FourierGrid grid;
  private final Linear position;
  private final List<XcaBlock> blocks = new ArrayList<>();
  private final Tensor classToken;
  private final List<ClassAttentionBlock> classBlocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  XcitClassifier(XcitConfig config, FlatParameters parameters) {
    this.config = config;
    tensors = new BoundTensors(parameters);
    stem = new XcitStem(config, tensors);
    grid = new FourierGrid(tensors, parameters.device());
    position = Linear.of(tensors, "pos_embed.token_projection");
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new XcaBlock(config, i, tensors, parameters.device()));
    }
    classToken = tensors.tensor("cls_token");
    for (int i = 0; i < config.classDepth(); i++) {
      classBlocks.add(new ClassAttentionBlock(config, i, tensors));
    }
    norm = LayerNorm.of(tensors, "norm", EPSILON);
    head = Linear.of(tensors, "head");
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    check(pixels);
    return Tensors.scoped(() -> logits(pixels, pass));
  }

  private Tensor logits(Tensor pixels, ForwardPass pass) {
    Tensor patches = stem.forward(pixels, pass);
    long rows = patches.size(2);
    long columns = patches.size(3);
    Tensor x = patches.flatten(2, 3).transpose(1, 2).add(positions(rows, columns));
    for (XcaBlock block : blocks) {
      x = block.forward(x, rows, columns, pass);
    }
    x = torch.cat(new TensorVector(classToken.expand(x.size(0), 1, config.dim()), x), 1);
    int last = classBlocks.size() - 1;
    for (ClassAttentionBlock block : classBlocks.subList(0, last)) {
      Tensor tokens = x;
      x = Tensors.scoped(() -> block.forward(tokens));
    }
    // The head reads only the class token, and layer norm works token by token.
    Tensor classTokens = classBlocks.get(last).classToken(x).select(1, 0);
    return head.forward(norm.forward(classTokens));
  }

  /** The positional encoding, (N, D). */
  private Tensor positions(long rows, long columns) {
    // The 1x1 convolution's weight (D, 64, 1, 1) as a linear layer's.
    Tensor weight = position.weight().flatten(1, 3);
    Tensor features = grid.features(Math.toIntExact(rows), Math.toIntExact(columns));
    return new Linear(weight, position.bias()).forward(features);
  }

  private void check(Tensor pixels) {
    if (pixels.dim() != 4 || pixels.size(1) != 3) {
      throw new IllegalArgumentException(
          "%s takes pixels of shape (B, 3, H, W), not %d dimensions with %d channels"
              .formatted(config.name(), pixels.dim(), pixels.dim() > 1 ? pixels.size(1) : 0));
    }
  }

  @Override
  public void close() {
    tensors.close();
  }
}
