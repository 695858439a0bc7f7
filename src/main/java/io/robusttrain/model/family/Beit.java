package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.PositionTable;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.LearnedTokens;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PatchEmbedding;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.attention.BiasedAttention;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * BEiT (Bao et al., 2022) and BEiT V2 (Peng et al., 2022), which is the same network pre-trained
 * otherwise, as timm builds them: a vision transformer whose positions are relative, a table in
 * each block, with layer scales, and a head on the mean of all tokens but the class token.
 */
final class Beit implements Network {
  private static final double DEVIATION = 0.02;

  /** The head starts with next to nothing. */
  private static final double HEAD_SCALE = 0.001;

  private final LearnedTokens classToken;
  private final PatchEmbedding patches;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private Beit(Config config, Scope scope) {
    int dim = config.dim();
    classToken = LearnedTokens.ofClass(scope, dim, Initializer.truncatedNormal(DEVIATION));
    patches =
        new PatchEmbedding(
            scope.child("patch_embed"), config.name(), config.image(), config.patchSize(), dim);
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new Block(config, i, scope.child("blocks").child(i)));
    }
    norm = new LayerNorm(scope.child("fc_norm"), dim);
    head =
        new Linear(
            scope.child("head"),
            dim,
            config.numClasses(),
            Initializer.truncatedNormal(DEVIATION * HEAD_SCALE),
            Initializer.zeros());
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x = Tensors.scoped(() -> classToken.before(patches.forward(pixels)));
    for (Block block : blocks) {
      x = block.forward(x, pass);
    }
    return head.forward(norm.forward(x.narrow(1, 1, x.size(1) - 1).mean(1)));
  }

  private static final class Block {
    private final Parameter gamma1;
    private final Parameter gamma2;
    private final LayerNorm norm1;
    private final BiasedAttention attention;
    private final LayerNorm norm2;
    private final Mlp mlp;
    private final DropPath path1;
    private final DropPath path2;

    Block(Config config, int index, Scope scope) {
      int dim = config.dim();
      Initializer scale = Initializer.constant(config.layerScale());
      // What deeper blocks add starts smaller.
      Initializer last = Initializer.truncatedNormal(DEVIATION / Math.sqrt(2.0 * (index + 1)));
      gamma1 = scope.parameter("gamma_1", scale, dim);
      gamma2 = scope.parameter("gamma_2", scale, dim);
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention =
          new BiasedAttention(
              scope.child("attn"), dim, config.heads(), config.rows(), config.columns(), last);
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, config.hidden(), last);
      path1 = new DropPath(config.dropPath(index), index, 1, scope.device());
      path2 = new DropPath(config.dropPath(index), index, 2, scope.device());
    }

    /** From (B, N, D) to (B, N, D). */
    Tensor forward(Tensor tokens, ForwardPass pass) {
      Tensor attended =
          Tensors.scoped(
              () ->
                  path1.add(
                      tokens, attention.forward(norm1.forward(tokens), gamma1.tensor()), pass));
      return Tensors.scoped(
          () -> path2.add(attended, mlp.forward(norm2.forward(attended), gamma2.tensor()), pass));
    }
  }

  /**
   * The sizes of one BEiT, checked.
   *
   * @param name timm's name
   * @param image of the input
   * @param numClasses K
   * @param patchSize side of a patch in pixels
   * @param dim D, channels of a token
   * @param depth blocks
   * @param heads of attention
   * @param mlpRatio hidden over token channels
   * @param layerScale initial
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
      double layerScale,
      double dropPath)
      implements NetworkConfig {
    Config {
      Require.positive(name, "num_classes", numClasses);
      Require.positive(name, "depth", depth);
      Require.positive(name, "patch_size", patchSize);
      Require.patches(name, image.height(), image.width(), patchSize);
      Require.heads(name, dim, heads);
      Require.positive(name, "mlp_ratio", mlpRatio);
      Require.positive(name, "init_values", layerScale);
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
          options.number("init_values").orElse(layerScale),
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
      arguments.put("init_values", layerScale);
      arguments.put("drop_path_rate", dropPath);
      return Collections.unmodifiableMap(arguments);
    }

    /** Three lines are the class token's. */
    @Override
    public List<PositionTable> positionTables() {
      return IntStream.range(0, depth)
          .mapToObj("blocks.%d.attn.relative_position_bias_table"::formatted)
          .map(table -> new PositionTable(table, rows(), columns(), 3))
          .toList();
    }

    @Override
    public Optional<TimmModel> timm() {
      return Optional.of(FamilyMember.named(name, members()).timm(this));
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "cls_token|pos_embed|patch_embed|rel_pos_bias")
          .with(1, "blocks\\.(\\d+)")
          .with(1, "norm", LayerGroups.PREVIOUS);
    }

    @Override
    public Network network(Scope scope) {
      return new Beit(this, scope);
    }

    int rows() {
      return image.height() / patchSize;
    }

    int columns() {
      return image.width() / patchSize;
    }

    int hidden() {
      return (int) (dim * mlpRatio);
    }

    double dropPath(int block) {
      return DropPath.rate(dropPath, block, depth);
    }
  }

  /** Sizes of a name. */
  private record Size(String name, int dim, int depth, int heads) {}

  private static final Size BASE = new Size("base", 768, 12, 12);
  private static final Size LARGE = new Size("large", 1024, 24, 16);

  /** The first BEiT's weights were trained on pixels in [-1, 1]. */
  private static FamilyMember one(Size size, int side, double layerScale) {
    return FamilyMember.of(
        config("beit", size, side, layerScale), PixelStatistics.INCEPTION, side == 224 ? 0.9 : 1.0);
  }

  private static FamilyMember two(Size size, double cropFraction) {
    return FamilyMember.imageNet(config("beitv2", size, 224, 1e-5), cropFraction);
  }

  private static Config config(String kind, Size size, int side, double layerScale) {
    return new Config(
        "%s_%s_patch16_%d".formatted(kind, size.name(), side),
        ImageSize.square(side),
        1000,
        16,
        size.dim(),
        size.depth(),
        size.heads(),
        4.0,
        layerScale,
        0.0);
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    return List.of(
        one(BASE, 224, 0.1),
        one(BASE, 384, 0.1),
        one(LARGE, 224, 1e-5),
        one(LARGE, 384, 1e-5),
        one(LARGE, 512, 1e-5),
        two(BASE, 0.9),
        two(LARGE, 0.95));
  }
}
