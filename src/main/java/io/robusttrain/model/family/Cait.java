package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
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
import io.robusttrain.model.layer.attention.ClassAttention;
import io.robusttrain.model.layer.attention.TalkingHeadsAttention;
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
 * The class-attention image transformer (Touvron et al., 2021, "Going deeper with image
 * transformers") as timm builds it: talking-heads attention between the patches with layer scale,
 * then blocks in which only the class token changes. Beside timm's models there is the 12-deep
 * small one of the paper "A Light Recipe to Train Robust Vision Transformers".
 */
final class Cait implements Network {
  private static final String POSITIONS = "pos_embed";

  private final Config config;
  private final Parameter classToken;
  private final Parameter positions;
  private final PatchEmbedding patches;
  private final List<PatchBlock> blocks = new ArrayList<>();
  private final List<ClassBlock> classBlocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private Cait(Config config, Scope scope) {
    this.config = config;
    int dim = config.dim();
    Initializer normal = Initializer.truncatedNormal(0.02);
    classToken = scope.parameter("cls_token", normal, 1, 1, dim);
    positions = scope.parameter(POSITIONS, normal, 1, config.grid().tokens(), dim);
    patches =
        new PatchEmbedding(
            scope.child("patch_embed"), config.name(), config.image(), config.patchSize(), dim);
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new PatchBlock(config, i, scope.child("blocks").child(i)));
    }
    for (int i = 0; i < config.classDepth(); i++) {
      classBlocks.add(new ClassBlock(config, scope.child("blocks_token_only").child(i)));
    }
    norm = new LayerNorm(scope.child("norm"), dim);
    head = new Linear(scope.child("head"), dim, config.numClasses());
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x = Tensors.scoped(() -> patches.forward(pixels).add(positions.tensor()));
    for (PatchBlock block : blocks) {
      x = block.forward(x, pass);
    }
    Tensor tokens = x;
    Tensor token = classToken.tensor().expand(x.size(0), 1, config.dim());
    for (ClassBlock block : classBlocks) {
      Tensor before = token;
      token = Tensors.scoped(() -> block.forward(before, tokens));
    }
    // The head reads only the class token, and layer norm works token by token.
    return head.forward(norm.forward(token.select(1, 0)));
  }

  /** Talking-heads attention and MLP over the patches. */
  private static final class PatchBlock {
    private final Parameter gamma1;
    private final Parameter gamma2;
    private final LayerNorm norm1;
    private final TalkingHeadsAttention attention;
    private final LayerNorm norm2;
    private final Mlp mlp;
    private final DropPath path1;
    private final DropPath path2;

    PatchBlock(Config config, int index, Scope scope) {
      int dim = config.dim();
      Initializer scale = Initializer.constant(config.initValues());
      gamma1 = scope.parameter("gamma_1", scale, dim);
      gamma2 = scope.parameter("gamma_2", scale, dim);
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention = new TalkingHeadsAttention(scope.child("attn"), dim, config.heads());
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, config.hidden());
      path1 = new DropPath(config.dropPath(), index, 1, scope.device());
      path2 = new DropPath(config.dropPath(), index, 2, scope.device());
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

  /** Class attention and MLP of the class token; nothing is dropped. */
  private static final class ClassBlock {
    private final Parameter gamma1;
    private final Parameter gamma2;
    private final LayerNorm norm1;
    private final ClassAttention attention;
    private final LayerNorm norm2;
    private final Mlp mlp;

    ClassBlock(Config config, Scope scope) {
      int dim = config.dim();
      Initializer scale = Initializer.constant(config.initValues());
      gamma1 = scope.parameter("gamma_1", scale, dim);
      gamma2 = scope.parameter("gamma_2", scale, dim);
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention = new ClassAttention(scope.child("attn"), dim, config.heads());
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, config.classHidden());
    }

    /** The class token (B, 1, D) after attending to itself and the patches (B, N, D). */
    Tensor forward(Tensor token, Tensor patches) {
      Tensor tokens = torch.cat(new TensorVector(token, patches), 1);
      Tensor attended =
          torch.addcmul(token, gamma1.tensor(), attention.forward(norm1.forward(tokens)));
      return torch.addcmul(attended, gamma2.tensor(), mlp.forward(norm2.forward(attended)));
    }
  }

  /**
   * The sizes of one CaiT, checked.
   *
   * @param name timm's name
   * @param image of the input
   * @param numClasses K
   * @param patchSize side of a patch in pixels
   * @param dim D, channels of a token
   * @param depth blocks over the patches
   * @param heads of both attentions
   * @param mlpRatio hidden over token channels in the blocks over the patches
   * @param dropPath probability of dropping a residual branch of a block over the patches
   * @param classDepth blocks of the class token
   * @param classMlpRatio hidden over token channels in the blocks of the class token
   * @param initValues initial layer scale
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
      double dropPath,
      int classDepth,
      double classMlpRatio,
      double initValues)
      implements NetworkConfig {
    Config {
      Require.positive(name, "num_classes", numClasses);
      Require.positive(name, "depth", depth);
      Require.positive(name, "depth_token_only", classDepth);
      Require.positive(name, "patch_size", patchSize);
      Require.patches(name, image.height(), image.width(), patchSize);
      Require.heads(name, dim, heads);
      Require.positive(name, "mlp_ratio", mlpRatio);
      Require.positive(name, "mlp_ratio_token_only", classMlpRatio);
      Require.dropPathRate(name, dropPath);
      Require.finite(name, "init_values", initValues);
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
          options.number("drop_path_rate").orElse(dropPath),
          options.integer("depth_token_only").orElse(classDepth),
          options.number("mlp_ratio_token_only").orElse(classMlpRatio),
          options.number("init_values").orElse(initValues));
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
      arguments.put("depth_token_only", classDepth);
      arguments.put("mlp_ratio_token_only", classMlpRatio);
      arguments.put("init_values", initValues);
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public Optional<PositionGrid> positionGrid() {
      return Optional.of(grid());
    }

    @Override
    public Optional<TimmModel> timm() {
      // The 12-deep one is the paper's.
      String base = name.equals("cait_s12_224") ? "cait_s24_224" : name;
      return Optional.of(FamilyMember.named(base, members()).timm(this));
    }

    /** The blocks of the class token count as the last ones of the others. */
    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "cls_token|pos_embed|patch_embed")
          .numbered(1, "blocks\\.(\\d+)")
          .numbered(depth - classDepth + 1, "blocks_token_only\\.(\\d+)")
          .with(depth, "norm");
    }

    @Override
    public Network network(Scope scope) {
      return new Cait(this, scope);
    }

    /** The class token comes later and has no position. */
    PositionGrid grid() {
      return new PositionGrid(POSITIONS, image.height() / patchSize, image.width() / patchSize, 0);
    }

    int hidden() {
      return (int) (dim * mlpRatio);
    }

    int classHidden() {
      return (int) (dim * classMlpRatio);
    }
  }

  private static FamilyMember member(
      String size, int side, int dim, int depth, int heads, double initValues) {
    Config config =
        new Config(
            "cait_%s%d_%d".formatted(size, depth, side),
            ImageSize.square(side),
            1000,
            16,
            dim,
            depth,
            heads,
            4.0,
            0.0,
            2,
            4.0,
            initValues);
    return FamilyMember.imageNet(config, 1.0);
  }

  /** The named members of the family; all but {@code cait_s12_224} are timm's. */
  static List<FamilyMember> members() {
    return List.of(
        member("xxs", 224, 192, 24, 4, 1e-5),
        member("xxs", 384, 192, 24, 4, 1e-5),
        member("xxs", 224, 192, 36, 4, 1e-5),
        member("xxs", 384, 192, 36, 4, 1e-5),
        member("xs", 384, 288, 24, 6, 1e-5),
        member("s", 224, 384, 12, 8, 1.0),
        member("s", 224, 384, 24, 8, 1e-5),
        member("s", 384, 384, 24, 8, 1e-5),
        member("s", 384, 384, 36, 8, 1e-6));
  }
}
