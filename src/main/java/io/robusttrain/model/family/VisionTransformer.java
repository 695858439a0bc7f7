package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PatchEmbedding;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.SelfAttention;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The vision transformer (Dosovitskiy et al., 2021) and DeiT (Touvron et al., 2021), which is the
 * same network trained otherwise, as timm builds them: patches and a class token with learned
 * positions, pre-norm blocks, and a linear head on the class token.
 */
final class VisionTransformer implements Network {
  private static final String POSITIONS = "pos_embed";

  private final Config config;
  private final Parameter classToken;
  private final Parameter positions;
  private final PatchEmbedding patches;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private VisionTransformer(Config config, Scope scope) {
    this.config = config;
    int dim = config.dim();
    classToken = scope.parameter("cls_token", Initializer.normal(1e-6), 1, 1, dim);
    positions =
        scope.parameter(
            POSITIONS, Initializer.truncatedNormal(0.02), 1, config.grid().tokens(), dim);
    patches =
        new PatchEmbedding(
            scope.child("patch_embed"), config.name(), config.image(), config.patchSize(), dim);
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new Block(config, i, scope.child("blocks").child(i)));
    }
    norm = new LayerNorm(scope.child("norm"), dim);
    head = new Linear(scope.child("head"), dim, config.numClasses());
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x =
        Tensors.scoped(
            () -> {
              Tensor tokens = patches.forward(pixels);
              Tensor token = classToken.tensor().expand(tokens.size(0), 1, config.dim());
              return torch.cat(new TensorVector(token, tokens), 1).add(positions.tensor());
            });
    int last = blocks.size() - 1;
    for (Block block : blocks.subList(0, last)) {
      x = block.forward(x, pass);
    }
    // The head reads only the class token, and layer norm and MLP work token by token.
    return head.forward(norm.forward(blocks.get(last).classToken(x, pass).select(1, 0)));
  }

  private static final class Block {
    private final LayerNorm norm1;
    private final SelfAttention attention;
    private final LayerNorm norm2;
    private final Mlp mlp;
    private final DropPath path1;
    private final DropPath path2;

    Block(Config config, int index, Scope scope) {
      int dim = config.dim();
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention = new SelfAttention(scope.child("attn"), dim, config.heads());
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, config.hidden());
      path1 = new DropPath(config.dropPath(index), index, 1, scope.device());
      path2 = new DropPath(config.dropPath(index), index, 2, scope.device());
    }

    /** From (B, N, D) to (B, N, D). */
    Tensor forward(Tensor tokens, ForwardPass pass) {
      Tensor attended =
          Tensors.scoped(() -> path1.add(tokens, attention.forward(norm1.forward(tokens)), pass));
      return Tensors.scoped(() -> path2.add(attended, mlp.forward(norm2.forward(attended)), pass));
    }

    /** The class token alone, from (B, N, D) to (B, 1, D): all a last block must compute. */
    Tensor classToken(Tensor tokens, ForwardPass pass) {
      Tensor token = tokens.narrow(1, 0, 1);
      Tensor attended = path1.add(token, attention.firstToken(norm1.forward(tokens)), pass);
      return path2.add(attended, mlp.forwardOne(norm2.forward(attended), tokens.size(1)), pass);
    }
  }

  /**
   * The sizes of one vision transformer, checked.
   *
   * @param name timm's name
   * @param image of the input
   * @param numClasses K
   * @param patchSize side of a patch in pixels
   * @param dim D, channels of a token
   * @param depth blocks
   * @param heads of attention
   * @param mlpRatio hidden over token channels
   * @param dropPath probability of dropping a residual branch of the last block; it grows linearly
   *     from 0 in the first
   */
  @Immutable
  private record Config(
      String name,
      ImageSize image,
      int numClasses,
      int patchSize,
      int dim,
      int depth,
      int heads,
      double mlpRatio,
      double dropPath)
      implements NetworkConfig {
    Config {
      Require.positive(name, "num_classes", numClasses);
      Require.positive(name, "depth", depth);
      Require.positive(name, "patch_size", patchSize);
      Require.patches(name, image.height(), image.width(), patchSize);
      Require.heads(name, dim, heads);
      Require.positive(name, "mlp_ratio", mlpRatio);
      Require.dropPathRate(name, dropPath);
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
          name,
          image.with(options, name),
          options.integer("num_classes").orElse(numClasses),
          options.integer("patch_size").orElse(patchSize),
          options.integer("embed_dim").orElse(dim),
          options.integer("depth").orElse(depth),
          options.integer("num_heads").orElse(heads),
          options.number("mlp_ratio").orElse(mlpRatio),
          options.number("drop_path_rate").orElse(dropPath));
    }

    @Override
    public Map<String, Object> arguments() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("img_size", image.argument());
      arguments.put("patch_size", patchSize);
      arguments.put("num_classes", numClasses);
      arguments.put("embed_dim", dim);
      arguments.put("depth", depth);
      arguments.put("num_heads", heads);
      arguments.put("mlp_ratio", mlpRatio);
      arguments.put("drop_path_rate", dropPath);
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public Optional<PositionGrid> positionGrid() {
      return Optional.of(grid());
    }

    @Override
    public Optional<TimmModel> timm() {
      return Optional.of(FamilyMember.named(name, members()).timm(this));
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "cls_token|reg_token|pos_embed|patch_embed")
          .with(1, "blocks\\.(\\d+)")
          .with(1, "norm", LayerGroups.PREVIOUS);
    }

    @Override
    public Network network(Scope scope) {
      return new VisionTransformer(this, scope);
    }

    /** The class token has a position too. */
    PositionGrid grid() {
      return new PositionGrid(POSITIONS, image.height() / patchSize, image.width() / patchSize, 1);
    }

    int hidden() {
      return (int) (dim * mlpRatio);
    }

    double dropPath(int block) {
      return depth == 1 ? 0 : dropPath * block / (depth - 1);
    }
  }

  private record Size(String name, int dim, int heads) {}

  private static final Size TINY = new Size("tiny", 192, 3);
  private static final Size SMALL = new Size("small", 384, 6);
  private static final Size BASE = new Size("base", 768, 12);

  /** DeiT's training used ImageNet's statistics. */
  private static FamilyMember deit(Size size, int side) {
    return FamilyMember.imageNet(config("deit", size, 16, side), cropFraction(side));
  }

  /** The weights published as {@code vit_*} were trained on pixels in [-1, 1]. */
  private static FamilyMember vit(Size size, int patch, int side) {
    return FamilyMember.of(
        config("vit", size, patch, side), PixelStatistics.INCEPTION, cropFraction(side));
  }

  private static Config config(String kind, Size size, int patch, int side) {
    return new Config(
        "%s_%s_patch%d_%d".formatted(kind, size.name(), patch, side),
        ImageSize.square(side),
        1000,
        patch,
        size.dim(),
        12,
        size.heads(),
        4.0,
        0.0);
  }

  private static double cropFraction(int side) {
    return side == 224 ? 0.9 : 1.0;
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    return List.of(
        deit(TINY, 224),
        deit(SMALL, 224),
        deit(BASE, 224),
        deit(BASE, 384),
        vit(TINY, 16, 224),
        vit(TINY, 16, 384),
        vit(SMALL, 16, 224),
        vit(SMALL, 16, 384),
        vit(SMALL, 32, 224),
        vit(SMALL, 32, 384),
        vit(BASE, 16, 224),
        vit(BASE, 16, 384),
        vit(BASE, 32, 224),
        vit(BASE, 32, 384));
  }
}
