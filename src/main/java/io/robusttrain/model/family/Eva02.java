package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.GatedMlp;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.LearnedTokens;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PatchEmbedding;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.attention.RotaryAttention;
import io.robusttrain.model.layer.attention.RotaryAttention.Projections;
import io.robusttrain.model.layer.attention.RotaryGrid;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * EVA-02 (Fang et al., 2023) as timm builds it: a vision transformer with learned positions whose
 * attention also turns queries and keys by their places, with gated MLPs, and a head on the mean of
 * all tokens but the class token.
 */
final class Eva02 implements Network {
  private static final double DEVIATION = 0.02;

  /** The head starts with next to nothing. */
  private static final double HEAD_SCALE = 0.001;

  private static final String POSITIONS = "pos_embed";

  /** Side of the grid that angles are measured on, that of the first pre-training. */
  private static final int REFERENCE = 16;

  private final LearnedTokens classToken;
  private final Parameter positions;
  private final PatchEmbedding patches;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private Eva02(Config config, Scope scope) {
    int dim = config.dim();
    classToken = LearnedTokens.ofClass(scope, dim, Initializer.truncatedNormal(DEVIATION));
    positions =
        scope.parameter(
            POSITIONS, Initializer.truncatedNormal(DEVIATION), 1, config.grid().tokens(), dim);
    patches =
        new PatchEmbedding(
            scope.child("patch_embed"), config.name(), config.image(), config.patchSize(), dim);
    PositionGrid grid = config.grid();
    RotaryGrid angles =
        new RotaryGrid(scope, grid.rows(), grid.columns(), dim / config.heads(), REFERENCE);
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new Block(config, angles, i, scope.child("blocks").child(i)));
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
    Tensor x =
        Tensors.scoped(() -> classToken.before(patches.forward(pixels)).add(positions.tensor()));
    for (Block block : blocks) {
      x = block.forward(x, pass);
    }
    return head.forward(norm.forward(x.narrow(1, 1, x.size(1) - 1).mean(1)));
  }

  private static final class Block {
    private final LayerNorm norm1;
    private final RotaryAttention attention;
    private final LayerNorm norm2;
    private final GatedMlp mlp;
    private final DropPath path1;
    private final DropPath path2;

    Block(Config config, RotaryGrid angles, int index, Scope scope) {
      int dim = config.dim();
      // What deeper blocks add starts smaller.
      Initializer last = Initializer.truncatedNormal(DEVIATION / Math.sqrt(2.0 * (index + 1)));
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention =
          new RotaryAttention(
              scope.child("attn"), dim, config.heads(), angles, config.projections(), last);
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      Scope layers = scope.child("mlp");
      mlp =
          switch (config.projections()) {
            case FUSED -> GatedMlp.packed(layers, dim, config.hidden(), last);
            case SEPARATE -> GatedMlp.normed(layers, dim, config.hidden(), last);
          };
      path1 = new DropPath(config.dropPath(index), index, 1, scope.device());
      path2 = new DropPath(config.dropPath(index), index, 2, scope.device());
    }

    /** From (B, N, D) to (B, N, D). */
    Tensor forward(Tensor tokens, ForwardPass pass) {
      Tensor attended =
          Tensors.scoped(() -> path1.add(tokens, attention.forward(norm1.forward(tokens)), pass));
      return Tensors.scoped(() -> path2.add(attended, mlp.forward(norm2.forward(attended)), pass));
    }
  }

  /**
   * The sizes of one EVA-02, checked.
   *
   * @param name timm's name
   * @param projections of attention; with a layer each, MLPs have a norm too
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
      Projections projections,
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
      if (dim / heads % 4 != 0) {
        throw new IllegalArgumentException(
            "%s: embed_dim %d over num_heads %d must be a multiple of 4, as rows and columns turn pairs of channels; not %d"
                .formatted(name, dim, heads, dim / heads));
      }
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
          name,
          projections,
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
      return new Eva02(this, scope);
    }

    /** The class token has a position too. */
    PositionGrid grid() {
      return new PositionGrid(POSITIONS, image.height() / patchSize, image.width() / patchSize, 1);
    }

    int hidden() {
      return (int) (dim * mlpRatio);
    }

    double dropPath(int block) {
      return DropPath.rate(dropPath, block, depth);
    }
  }

  /** Sizes of a name. */
  private record Size(String name, int dim, int depth, int heads, Projections projections) {}

  private static final Size TINY = new Size("tiny", 192, 12, 3, Projections.FUSED);
  private static final Size SMALL = new Size("small", 384, 12, 6, Projections.FUSED);
  private static final Size BASE = new Size("base", 768, 12, 12, Projections.SEPARATE);
  private static final Size LARGE = new Size("large", 1024, 24, 16, Projections.SEPARATE);

  private static FamilyMember member(Size size, int side) {
    Config config =
        new Config(
            "eva02_%s_patch14_%d".formatted(size.name(), side),
            size.projections(),
            ImageSize.square(side),
            1000,
            14,
            size.dim(),
            size.depth(),
            size.heads(),
            4.0 * 2 / 3,
            0.0);
    return FamilyMember.of(config, PixelStatistics.CLIP, side == 224 ? 0.9 : 1.0);
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    return List.of(
        member(TINY, 224),
        member(TINY, 336),
        member(SMALL, 224),
        member(SMALL, 336),
        member(BASE, 224),
        member(BASE, 448),
        member(LARGE, 224),
        member(LARGE, 448));
  }
}
