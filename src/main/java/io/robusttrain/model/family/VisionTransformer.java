package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.layer.ClassToken;
import io.robusttrain.model.layer.ConvStem;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PatchDropout;
import io.robusttrain.model.layer.PatchEmbedding;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.attention.SelfAttention;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The vision transformer (Dosovitskiy et al., 2021) and DeiT (Touvron et al., 2021), which is the
 * same network trained otherwise, as timm builds them: patches and a class token with learned
 * positions, pre-norm blocks, and a linear head on the class token or on the mean of the others.
 *
 * <p>Some members have convolutions in the place of the patches (Singh et al., 2023).
 */
final class VisionTransformer implements Network {
  private static final String POSITIONS = "pos_embed";
  private static final int CLASS_TOKENS = 1;

  private final Config config;
  private final ClassToken classToken;
  private final Parameter positions;
  private final UnaryOperator<Tensor> patches;
  private final PatchDropout dropout;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private VisionTransformer(Config config, Scope scope) {
    this.config = config;
    int dim = config.dim();
    classToken = new ClassToken(scope, dim, Initializer.normal(1e-6));
    positions =
        scope.parameter(
            POSITIONS, Initializer.truncatedNormal(0.02), 1, config.grid().tokens(), dim);
    patches = patches(config, scope.child("patch_embed"));
    dropout = new PatchDropout(CLASS_TOKENS, scope.device());
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new Block(config, i, scope.child("blocks").child(i)));
    }
    norm = new LayerNorm(scope.child(config.pool().norm()), dim);
    head = new Linear(scope.child("head"), dim, config.numClasses());
  }

  /** From pixels (B, 3, H, W) to tokens (B, N, D). */
  private static UnaryOperator<Tensor> patches(Config config, Scope scope) {
    if (config.stem() == Stem.PATCHES) {
      PatchEmbedding patches =
          new PatchEmbedding(
              scope, config.name(), config.image(), config.patchSize(), config.dim());
      return patches::forward;
    }
    ConvStem stem =
        new ConvStem(
            scope.child("proj"), config.stem().steps(config.dim()), Optional.of(config.dim()));
    return pixels -> {
      PatchEmbedding.requireSize(pixels, config.name(), config.image());
      return stem.forward(pixels).flatten(1, 2);
    };
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x = kept(pixels, pass);
    int last = blocks.size() - 1;
    for (Block block : blocks.subList(0, last)) {
      x = block.forward(x, pass);
    }
    return head.forward(norm.forward(pooled(blocks.get(last), x, pass)));
  }

  /** The class token and those of the patches that this pass keeps, with positions: (B, N, D). */
  private Tensor kept(Tensor pixels, ForwardPass pass) {
    PositionGrid grid = config.grid();
    return Tensors.scoped(
        () -> {
          Tensor all = classToken.before(patches.apply(pixels)).add(positions.tensor());
          return pass.dropped()
              .map(draw -> dropout.forward(all, grid.rows(), grid.columns(), draw))
              .orElse(all);
        });
  }

  /** The last block and what the head reads of it: from (B, N, D) to (B, D). */
  private Tensor pooled(Block last, Tensor tokens, ForwardPass pass) {
    return switch (config.pool()) {
      // The head reads only the class token, and layer norm and MLP work token by token.
      case TOKEN -> last.classToken(tokens, pass).select(1, 0);
      case AVG -> last.forward(tokens, pass).narrow(1, 1, tokens.size(1) - 1).mean(1);
    };
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

  /** What the head reads. */
  private enum Pool {
    /** The class token. */
    TOKEN,
    /** The mean of all other tokens. */
    AVG;

    /** The norm before the head: timm names it otherwise behind a mean. */
    String norm() {
      return switch (this) {
        case TOKEN -> "norm";
        case AVG -> "fc_norm";
      };
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Pool named(String model, String word) {
      return Arrays.stream(values())
          .filter(pool -> pool.word().equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s: global_pool must be token or avg, not %s".formatted(model, word)));
    }
  }

  /** What makes tokens of the image. */
  private enum Stem {
    /** One convolution of patches, as in the original. */
    PATCHES(1),
    /** Four convolutions of stride 2 whose channels double up to D, and one of 1x1. */
    UP_TO_ALL(8),
    /** The same, up to half of D. */
    UP_TO_HALF(16);

    private static final int CONVOLUTIONS = 4;

    /** D over the channels of the first convolution. */
    private final int divisor;

    Stem(int divisor) {
      this.divisor = divisor;
    }

    List<ConvStem.Step> steps(int dim) {
      return IntStream.range(0, CONVOLUTIONS)
          .mapToObj(i -> new ConvStem.Step((dim / divisor) << i, 2))
          .toList();
    }
  }

  /**
   * The sizes of one vision transformer, checked.
   *
   * @param name timm's name, or that of the paper's code where timm has none
   * @param stem what makes tokens of the image
   * @param pool what the head reads
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
      Stem stem,
      Pool pool,
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
      if (dim % stem.divisor != 0) {
        throw new IllegalArgumentException(
            "%s: the stem of convolutions needs an embed_dim that is a multiple of %d, not %d; the nearest that is: %d"
                .formatted(name, stem.divisor, dim, Require.nearest(dim, stem.divisor)));
      }
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
          name,
          stem,
          options.text("global_pool").map(word -> Pool.named(name, word)).orElse(pool),
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
      if (stem == Stem.PATCHES) {
        arguments.put("patch_size", patchSize);
      }
      if (pool != Pool.TOKEN) {
        arguments.put("global_pool", pool.word());
      }
      arguments.put("num_classes", numClasses);
      arguments.put("embed_dim", dim);
      arguments.put("depth", depth);
      arguments.put("num_heads", heads);
      arguments.put("mlp_ratio", mlpRatio);
      arguments.put("drop_path_rate", dropPath);
      return Collections.unmodifiableMap(arguments);
    }

    /** Files of before this argument have the class token. */
    @Override
    public Set<String> optionalArguments() {
      return Set.of("global_pool");
    }

    @Override
    public Optional<PositionGrid> positionGrid() {
      return Optional.of(grid());
    }

    @Override
    public Set<TokenDropping.Mode> tokenDropping() {
      return EnumSet.allOf(TokenDropping.Mode.class);
    }

    @Override
    public Optional<TimmModel> timm() {
      TimmModel model = FamilyMember.named(name, members()).timm(this);
      if (stem == Stem.PATCHES) {
        return Optional.of(model);
      }
      return Optional.of(
          TimmConvStem.in(
              model.named(ORIGINALS.get(name)),
              "model.patch_embed.proj",
              stem.steps(dim),
              Optional.of(dim)));
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
      return new PositionGrid(
          POSITIONS, image.height() / patchSize, image.width() / patchSize, CLASS_TOKENS);
    }

    int hidden() {
      return (int) (dim * mlpRatio);
    }

    double dropPath(int block) {
      return DropPath.rate(dropPath, block, depth);
    }
  }

  /** Sizes of a name. */
  private record Size(String name, int dim, int depth, int heads, double mlpRatio) {}

  private static final Size TINY = new Size("tiny", 192, 12, 3, 4.0);
  private static final Size SMALL = new Size("small", 384, 12, 6, 4.0);
  private static final Size BASE = new Size("base", 768, 12, 12, 4.0);
  private static final Size LARGE = new Size("large", 1024, 24, 16, 4.0);
  private static final Size HUGE = new Size("huge", 1280, 32, 16, 4.0);
  private static final Size GIANT = new Size("giant", 1408, 40, 16, 48.0 / 11);
  private static final Size GIGANTIC = new Size("gigantic", 1664, 48, 16, 64.0 / 13);

  private static final int CONV_STEM_PATCH = 16;

  /** timm's models in which convolutions replace the patches. */
  private static final Map<String, String> ORIGINALS =
      Map.of("vit_s_cvst", "deit_small_patch16_224", "vit_b_cvst", "vit_base_patch16_224");

  /** DeiT's training used ImageNet's statistics. */
  private static FamilyMember deit(Size size, int side) {
    return FamilyMember.imageNet(config(name("deit", size, 16, side), size, 16, side), crop(side));
  }

  /** The weights published as {@code vit_*} were trained on pixels in [-1, 1]. */
  private static FamilyMember vit(Size size, int patch, int side) {
    return FamilyMember.of(
        config(name("vit", size, patch, side), size, patch, side),
        PixelStatistics.INCEPTION,
        crop(side));
  }

  private static FamilyMember convStem(
      String name, Size size, Stem stem, PixelStatistics statistics) {
    return FamilyMember.of(config(name, stem, size, CONV_STEM_PATCH, 224), statistics, 0.875);
  }

  private static String name(String kind, Size size, int patch, int side) {
    return "%s_%s_patch%d_%d".formatted(kind, size.name(), patch, side);
  }

  private static Config config(String name, Size size, int patch, int side) {
    return config(name, Stem.PATCHES, size, patch, side);
  }

  private static Config config(String name, Stem stem, Size size, int patch, int side) {
    return new Config(
        name,
        stem,
        Pool.TOKEN,
        ImageSize.square(side),
        1000,
        patch,
        size.dim(),
        size.depth(),
        size.heads(),
        size.mlpRatio(),
        0.0);
  }

  private static double crop(int side) {
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
        vit(BASE, 32, 384),
        vit(LARGE, 14, 224),
        vit(LARGE, 16, 224),
        vit(LARGE, 16, 384),
        vit(LARGE, 32, 224),
        vit(LARGE, 32, 384),
        vit(HUGE, 14, 224),
        vit(GIANT, 14, 224),
        vit(GIGANTIC, 14, 224),
        convStem("vit_s_cvst", SMALL, Stem.UP_TO_ALL, PixelStatistics.IMAGENET),
        convStem("vit_b_cvst", BASE, Stem.UP_TO_HALF, PixelStatistics.NONE));
  }
}
