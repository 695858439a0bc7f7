package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PositionTable;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.PatchEmbedding;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.attention.CosineWindowAttention;
import io.robusttrain.model.layer.attention.WindowAttention;
import io.robusttrain.model.layer.attention.Windows;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Swin (Liu et al., 2021) and Swin V2 (Liu et al., 2022) as timm builds them: four stages of blocks
 * whose attention stays inside windows, every other block's windows shifted by half a window, and
 * each stage behind the first with half the sides and twice the channels.
 *
 * <p>V2 normalises behind attention and MLP instead of before them, and its attention is another,
 * see {@link CosineWindowAttention}.
 *
 * <p>Features are (B, H, W, C).
 */
final class Swin implements Network {
  private final Config config;
  private final PatchEmbedding patches;
  private final LayerNorm patchNorm;
  private final List<Stage> stages = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private Swin(Config config, Scope scope) {
    this.config = config;
    Scope embedding = scope.child("patch_embed");
    patches =
        new PatchEmbedding(embedding, config.name(), config.image(), config.patch(), config.dim(0));
    patchNorm = norm(embedding.child("norm"), config.dim(0));
    for (int i = 0; i < StageSizes.COUNT; i++) {
      stages.add(new Stage(config, i, scope.child("layers").child(i)));
    }
    int last = config.dim(StageSizes.COUNT - 1);
    norm = norm(scope.child("norm"), last);
    head = new Linear(scope.child("head").child("fc"), last, config.numClasses());
  }

  private static LayerNorm norm(Scope scope, int dim) {
    return new LayerNorm(scope, dim, LayerNorm.PYTORCH_EPSILON);
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x =
        Tensors.scoped(
            () ->
                patchNorm
                    .forward(patches.forward(pixels))
                    .view(pixels.size(0), config.rows(0), config.columns(0), config.dim(0)));
    for (Stage stage : stages) {
      x = stage.forward(x, pass);
    }
    return head.forward(norm.forward(x).mean(1, 2));
  }

  /** Blocks of one width, behind the merging of patches to it. */
  private static final class Stage {
    private final Optional<UnaryOperator<Tensor>> merging;
    private final List<Block> blocks = new ArrayList<>();

    Stage(Config config, int index, Scope scope) {
      merging =
          index == 0
              ? Optional.empty()
              : Optional.of(merging(config, config.dim(index - 1), scope.child("downsample")));
      for (int i = 0; i < config.stages().depths().get(index); i++) {
        blocks.add(new Block(config, index, i, scope.child("blocks").child(i)));
      }
    }

    /** From (B, H, W, C) to (B, H/2, W/2, 2 C). */
    private static UnaryOperator<Tensor> merging(Config config, int dim, Scope scope) {
      return switch (config.version()) {
        case ONE -> {
          LayerNorm norm = norm(scope.child("norm"), 4 * dim);
          Linear reduction = reduction(scope, dim);
          yield features -> reduction.forward(norm.forward(quarters(features)));
        }
        case TWO -> {
          Linear reduction = reduction(scope, dim);
          LayerNorm norm = norm(scope.child("norm"), 2 * dim);
          yield features -> norm.forward(reduction.forward(quarters(features)));
        }
      };
    }

    private static Linear reduction(Scope scope, int dim) {
      return Linear.withoutBias(scope.child("reduction"), 4 * dim, 2 * dim);
    }

    /** Four neighbours' channels behind each other, column by column: to (B, H/2, W/2, 4 C). */
    private static Tensor quarters(Tensor x) {
      return x.view(x.size(0), x.size(1) / 2, 2, x.size(2) / 2, 2, x.size(3))
          .permute(0, 1, 3, 4, 2, 5)
          .flatten(3, 5);
    }

    Tensor forward(Tensor features, ForwardPass pass) {
      Tensor x = merging.map(layer -> Tensors.scoped(() -> layer.apply(features))).orElse(features);
      for (Block block : blocks) {
        x = block.forward(x, pass);
      }
      return x;
    }
  }

  /** Attention and an MLP, each on a residual branch. */
  private static final class Block {
    /** From (B, H, W, C) to the same, each with its norm. */
    private record Branches(UnaryOperator<Tensor> attention, UnaryOperator<Tensor> mlp) {}

    private final Branches branches;
    private final DropPath path1;
    private final DropPath path2;

    Block(Config config, int stage, int index, Scope scope) {
      Windows windows = config.windows(stage, index % 2 == 1);
      branches =
          switch (config.version()) {
            case ONE -> normedBefore(config, stage, windows, scope);
            case TWO -> normedBehind(config, stage, windows, scope);
          };
      double dropPath = config.stages().dropPath(config.dropPath(), stage, index);
      int number = config.stages().blocksBefore(stage) + index;
      path1 = new DropPath(dropPath, number, 1, scope.device());
      path2 = new DropPath(dropPath, number, 2, scope.device());
    }

    private static Branches normedBefore(Config config, int stage, Windows windows, Scope scope) {
      int dim = config.dim(stage);
      LayerNorm norm1 = norm(scope.child("norm1"), dim);
      WindowAttention attention =
          new WindowAttention(scope.child("attn"), dim, config.heads().get(stage), windows);
      LayerNorm norm2 = norm(scope.child("norm2"), dim);
      Mlp mlp = new Mlp(scope.child("mlp"), dim, config.hidden(stage));
      return new Branches(
          x -> attention.forward(norm1.forward(x)), x -> mlp.forward(norm2.forward(x)));
    }

    private static Branches normedBehind(Config config, int stage, Windows windows, Scope scope) {
      int dim = config.dim(stage);
      CosineWindowAttention attention =
          new CosineWindowAttention(
              scope.child("attn"),
              dim,
              config.heads().get(stage),
              windows,
              config.pretrained().get(stage));
      LayerNorm norm1 = lastNorm(scope.child("norm1"), dim);
      Mlp mlp = new Mlp(scope.child("mlp"), dim, config.hidden(stage));
      LayerNorm norm2 = lastNorm(scope.child("norm2"), dim);
      return new Branches(
          x -> norm1.forward(attention.forward(x)), x -> norm2.forward(mlp.forward(x)));
    }

    /** Blocks start as the identity. */
    private static LayerNorm lastNorm(Scope scope, int dim) {
      return new LayerNorm(scope, dim, LayerNorm.PYTORCH_EPSILON, Initializer.zeros());
    }

    /** From (B, H, W, C) to (B, H, W, C). */
    Tensor forward(Tensor x, ForwardPass pass) {
      Tensor attended = Tensors.scoped(() -> path1.add(x, branches.attention().apply(x), pass));
      return Tensors.scoped(() -> path2.add(attended, branches.mlp().apply(attended), pass));
    }
  }

  /** Of the two papers. */
  private enum Version {
    ONE,
    TWO
  }

  /**
   * The sizes of one Swin, checked.
   *
   * @param name timm's name
   * @param version V1 or V2
   * @param image of the input
   * @param numClasses K
   * @param patch side of a patch in pixels
   * @param stages depths and widths, which double
   * @param heads of each stage's attention
   * @param window side of a window in tokens; where a stage has fewer, its side
   * @param mlpRatio hidden over channels
   * @param pretrained of V2: side of each stage's windows that distances are measured by, 0 for the
   *     windows' own
   * @param dropPath probability of dropping a branch of the last block; it grows linearly from 0
   */
  @Immutable
  @SuppressWarnings("Immutable") // List.copyOf in the constructor
  private record Config(
      String name,
      Version version,
      ImageSize image,
      int numClasses,
      int patch,
      StageSizes stages,
      List<Integer> heads,
      int window,
      double mlpRatio,
      List<Integer> pretrained,
      double dropPath)
      implements NetworkConfig {
    Config {
      heads = List.copyOf(heads);
      pretrained = List.copyOf(pretrained);
      Require.positive(name, "num_classes", numClasses);
      Require.positive(name, "patch_size", patch);
      Require.positive(name, "window_size", window);
      Require.positive(name, "mlp_ratio", mlpRatio);
      Require.dropPathRate(name, dropPath);
      stages.require(name);
      requireStages(name, "num_heads", heads);
      requireStages(name, "pretrained_window_sizes", pretrained);
      for (int i = 0; i < StageSizes.COUNT; i++) {
        Require.heads(name, stages.dims().get(i), heads.get(i));
      }
      int stride = patch << (StageSizes.COUNT - 1);
      if (image.height() % stride != 0
          || image.width() % stride != 0
          || Math.min(image.height(), image.width()) < 1) {
        throw new IllegalArgumentException(
            "%s: img_size %dx%d is not divisible by %d, the network's stride; the nearest that is: %dx%d"
                .formatted(
                    name,
                    image.height(),
                    image.width(),
                    stride,
                    Require.nearest(image.height(), stride),
                    Require.nearest(image.width(), stride)));
      }
    }

    /** What V2 cannot compute with other windows. */
    private Config requireWindows() {
      for (int i = 0; version == Version.TWO && i < StageSizes.COUNT; i++) {
        Windows windows = windows(i, false);
        int least = Math.min(windows.height(), windows.width());
        if (rows(i) % windows.height() != 0
            || columns(i) % windows.width() != 0
            || (least < 2 && pretrained.get(i) < 2)) {
          throw new IllegalArgumentException(
              "%s: stage %d has %dx%d places, which windows of %dx%d of at least 2x2 do not divide; choose another img_size or window_size"
                  .formatted(name, i, rows(i), columns(i), windows.height(), windows.width()));
        }
      }
      return this;
    }

    private static void requireStages(String model, String argument, List<Integer> values) {
      if (values.size() != StageSizes.COUNT || values.stream().anyMatch(value -> value < 0)) {
        throw new IllegalArgumentException(
            "%s: %s must be %d numbers, not %s"
                .formatted(model, argument, StageSizes.COUNT, values));
      }
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
              name,
              version,
              image.with(options, name),
              options.integer("num_classes").orElse(numClasses),
              options.integer("patch_size").orElse(patch),
              sizes(
                  options.integers("depths").orElse(stages.depths()),
                  options.integer("embed_dim").orElse(dim(0))),
              options.integers("num_heads").orElse(heads),
              options.integer("window_size").orElse(window),
              options.number("mlp_ratio").orElse(mlpRatio),
              options.integers("pretrained_window_sizes").orElse(pretrained),
              options.number("drop_path_rate").orElse(dropPath))
          .requireWindows();
    }

    @Override
    public Map<String, Object> arguments() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("img_size", image.argument());
      arguments.put("patch_size", patch);
      arguments.put("num_classes", numClasses);
      arguments.put("embed_dim", dim(0));
      arguments.put("depths", stages.depths());
      arguments.put("num_heads", heads);
      arguments.put("window_size", window);
      arguments.put("mlp_ratio", mlpRatio);
      if (version == Version.TWO) {
        arguments.put("pretrained_window_sizes", pretrained);
      }
      arguments.put("drop_path_rate", dropPath);
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public List<PositionTable> positionTables() {
      List<PositionTable> tables = new ArrayList<>();
      for (int i = 0; version == Version.ONE && i < StageSizes.COUNT; i++) {
        Windows windows = windows(i, false);
        for (int j = 0; j < stages.depths().get(i); j++) {
          String name = "layers.%d.blocks.%d.attn.relative_position_bias_table".formatted(i, j);
          tables.add(new PositionTable(name, windows.height(), windows.width(), 0));
        }
      }
      return tables;
    }

    @Override
    public Optional<TimmModel> timm() {
      return Optional.of(FamilyMember.named(name, members()).timm(this));
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "patch_embed")
          .with(1, "layers\\.(\\d+)\\.downsample", 0)
          .with(1, "layers\\.(\\d+)\\.\\w+\\.(\\d+)")
          .with(1, "norm", LayerGroups.PREVIOUS);
    }

    @Override
    public Network network(Scope scope) {
      return new Swin(this, scope);
    }

    int dim(int stage) {
      return stages.dims().get(stage);
    }

    int hidden(int stage) {
      return (int) (dim(stage) * mlpRatio);
    }

    int rows(int stage) {
      return (image.height() / patch) >> stage;
    }

    int columns(int stage) {
      return (image.width() / patch) >> stage;
    }

    Windows windows(int stage, boolean shifted) {
      return Windows.of(rows(stage), columns(stage), window, shifted);
    }
  }

  private static StageSizes sizes(List<Integer> depths, int dim) {
    return new StageSizes(
        depths, IntStream.range(0, StageSizes.COUNT).mapToObj(i -> dim << i).toList());
  }

  /** Sizes of a name; heads double, as channels do. */
  private record Size(String name, int dim, int third, int heads) {}

  private static final Size TINY = new Size("tiny", 96, 6, 3);
  private static final Size SMALL = new Size("small", 96, 18, 3);
  private static final Size BASE = new Size("base", 128, 18, 4);
  private static final Size LARGE = new Size("large", 192, 18, 6);
  private static final List<Integer> OWN_WINDOWS = List.of(0, 0, 0, 0);

  /** The windows of 192 pixels' features. */
  private static final List<Integer> WINDOWS_OF_192 = List.of(12, 12, 12, 6);

  private static FamilyMember one(Size size, int window, int side) {
    String name = "swin_%s_patch4_window%d_%d".formatted(size.name(), window, side);
    return member(name, Version.ONE, size, window, OWN_WINDOWS, side);
  }

  private static FamilyMember two(Size size, int window, int side) {
    String name = "swinv2_%s_window%d_%d".formatted(size.name(), window, side);
    return member(name, Version.TWO, size, window, OWN_WINDOWS, side);
  }

  private static FamilyMember larger(Size size, int window, int side) {
    String name = "swinv2_%s_window12to%d_192to%d".formatted(size.name(), window, side);
    return member(name, Version.TWO, size, window, WINDOWS_OF_192, side);
  }

  private static FamilyMember member(
      String name, Version version, Size size, int window, List<Integer> pretrained, int side) {
    Config config =
        new Config(
            name,
            version,
            ImageSize.square(side),
            1000,
            4,
            sizes(List.of(2, 2, size.third(), 2), size.dim()),
            IntStream.range(0, StageSizes.COUNT).mapToObj(i -> size.heads() << i).toList(),
            window,
            4.0,
            pretrained,
            0.1);
    return FamilyMember.imageNet(config, side == 384 ? 1.0 : 0.9);
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    return List.of(
        one(TINY, 7, 224),
        one(SMALL, 7, 224),
        one(BASE, 7, 224),
        one(BASE, 12, 384),
        one(LARGE, 7, 224),
        one(LARGE, 12, 384),
        two(TINY, 8, 256),
        two(TINY, 16, 256),
        two(SMALL, 8, 256),
        two(SMALL, 16, 256),
        two(BASE, 8, 256),
        two(BASE, 16, 256),
        two(BASE, 12, 192),
        larger(BASE, 16, 256),
        larger(BASE, 24, 384),
        two(LARGE, 12, 192),
        larger(LARGE, 16, 256),
        larger(LARGE, 24, 384));
  }
}
