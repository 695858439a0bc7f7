package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.Convolution;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.GroupNorm;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PointwiseConvolution;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * PoolFormer (Yu et al., 2022): a transformer whose tokens are mixed by average pooling.
 *
 * <p>There are two of it. timm changed the model when it became one of its MetaFormers, so the
 * argument {@code head} says which one is meant:
 *
 * <ul>
 *   <li>{@code timm}, as timm 1.0.29 has it: the mean over the image, then layer norm over the
 *       channels, then the classifier. Convolutions and linear layers start truncated normal.
 *   <li>{@code paper}, as the authors, timm up to 0.6 and the paper "A Light Recipe to Train Robust
 *       Vision Transformers" have it: group norm over the whole feature map, then the mean, then
 *       the classifier. Convolutions start with PyTorch's default.
 * </ul>
 *
 * <p>timm's own names are timm's model unless told otherwise. {@code poolformer_m12} is the
 * paper's; timm has no such model, and its default is {@code paper}.
 *
 * <p>The tensors are the same in number and shape, and have the names of timm 1.0.29 with either
 * head; {@link #aliases} has the older names.
 */
final class PoolFormer implements Network {
  private final Convolution stem;
  private final List<Stage> stages = new ArrayList<>();
  private final Head head;

  private PoolFormer(Config config, Scope scope) {
    List<Integer> dims = config.stages().dims();
    stem =
        config.convolution(
            scope.child("stem").child("conv"),
            ConvolutionSize.of(3, dims.get(0), 7).stride(4).padding(2));
    for (int i = 0; i < StageSizes.COUNT; i++) {
      stages.add(new Stage(config, i, scope.child("stages").child(i)));
    }
    head = new Head(config, scope.child("head"));
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x =
        Tensors.scoped(() -> stem.forward(pixels.contiguous(torch.MemoryFormat.ChannelsLast)));
    for (Stage stage : stages) {
      x = stage.forward(x, pass);
    }
    return head.forward(x);
  }

  /** Which version's head and initial values. */
  private enum Version {
    TIMM,
    PAPER;

    static Version of(String model, String word) {
      return Arrays.stream(values())
          .filter(version -> version.word().equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s: head must be timm or paper, not %s".formatted(model, word)));
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The last norm, the mean over the image and the classifier, in one of two orders. */
  private static final class Head {
    private final Version version;
    private final GroupNorm groupNorm;
    private final LayerNorm layerNorm;
    private final Linear fc;

    Head(Config config, Scope scope) {
      version = config.version();
      int dim = config.stages().dims().get(StageSizes.COUNT - 1);
      Scope norm = scope.child("norm");
      groupNorm = version == Version.PAPER ? new GroupNorm(norm, dim) : null;
      layerNorm = version == Version.TIMM ? new LayerNorm(norm, dim) : null;
      fc = new Linear(scope.child("fc"), dim, config.numClasses());
    }

    /** From (B, C, H, W) to (B, K). */
    Tensor forward(Tensor features) {
      return fc.forward(
          switch (version) {
            case TIMM -> layerNorm.forward(features.mean(2, 3));
            case PAPER -> groupNorm.forward(features).mean(2, 3);
          });
    }
  }

  /** Blocks of one width, behind the down-sampling to it. */
  private static final class Stage {
    private final Optional<Convolution> downsampling;
    private final List<Block> blocks = new ArrayList<>();

    Stage(Config config, int index, Scope scope) {
      StageSizes sizes = config.stages();
      int dim = sizes.dims().get(index);
      downsampling =
          index == 0
              ? Optional.empty()
              : Optional.of(
                  config.convolution(
                      scope.child("downsample").child("conv"),
                      ConvolutionSize.of(sizes.dims().get(index - 1), dim, 3).stride(2)));
      for (int i = 0; i < sizes.depths().get(index); i++) {
        double dropPath = sizes.dropPath(config.dropPath(), index, i);
        int number = sizes.blocksBefore(index) + i;
        blocks.add(new Block(config, dim, number, dropPath, scope.child("blocks").child(i)));
      }
    }

    /** From (B, C, H, W) to (B, C', H', W'), channels last in memory. */
    Tensor forward(Tensor features, ForwardPass pass) {
      Tensor x = downsampling.map(layer -> layer.forward(features)).orElse(features);
      for (Block block : blocks) {
        Tensor input = x;
        x = Tensors.scoped(() -> block.forward(input, pass));
      }
      return x;
    }
  }

  /** Pooling and an MLP, each on a residual branch behind a group norm. */
  private static final class Block {
    private final GroupNorm norm1;
    private final Parameter scale1;
    private final GroupNorm norm2;
    private final PointwiseConvolution fc1;
    private final MeanSparse sparse;
    private final PointwiseConvolution fc2;
    private final Parameter scale2;
    private final DropPath path1;
    private final DropPath path2;

    Block(Config config, int dim, int number, double dropPath, Scope scope) {
      Initializer scale = Initializer.constant(config.layerScale());
      norm1 = new GroupNorm(scope.child("norm1"), dim);
      scale1 = scope.child("layer_scale1").parameter("scale", scale, dim);
      norm2 = new GroupNorm(scope.child("norm2"), dim);
      Scope mlp = scope.child("mlp");
      fc1 = config.pointwise(mlp.child("fc1"), dim, 4 * dim);
      sparse = MeanSparse.ofSecond(mlp.child("act"), 4 * dim);
      fc2 = config.pointwise(mlp.child("fc2"), 4 * dim, dim);
      scale2 = scope.child("layer_scale2").parameter("scale", scale, dim);
      path1 = new DropPath(dropPath, number, 1, scope.device());
      path2 = new DropPath(dropPath, number, 2, scope.device());
    }

    /** From (B, C, H, W) to (B, C, H, W), channels last in memory. */
    Tensor forward(Tensor x, ForwardPass pass) {
      // Pooling is linear and acts on each channel alone, so its scale can go before it.
      Tensor normed = norm1.forward(x, scale1.tensor());
      Tensor mixed = path1.add(x, pool(normed).sub(normed), pass);
      Tensor hidden = torch.gelu(sparse.of(fc1.forward(norm2.forward(mixed))));
      return path2.add(mixed, fc2.forward(hidden, scale2.tensor()), pass);
    }

    /** The mean over 3x3 neighbours, as many as there are. */
    private static Tensor pool(Tensor x) {
      return torch.avg_pool2d(
          x,
          new long[] {3, 3},
          new long[] {1, 1},
          new long[] {1, 1},
          false,
          false,
          new LongOptional());
    }
  }

  /**
   * The older names of the tensors, and the names of timm 1.0.29 that they stand for: the authors'
   * and timm's up to 0.6, as in the checkpoints of both and of the paper.
   */
  private static Map<String, String> aliases(StageSizes stages) {
    Map<String, String> aliases = new LinkedHashMap<>();
    both(aliases, "patch_embed.proj", "stem.conv");
    for (int i = 0; i < StageSizes.COUNT; i++) {
      String stage = "stages.%d.".formatted(i);
      if (i > 0) {
        both(aliases, "network.%d.proj".formatted(2 * i - 1), stage + "downsample.conv");
      }
      for (int j = 0; j < stages.depths().get(i); j++) {
        String older = "network.%d.%d.".formatted(2 * i, j);
        String block = stage + "blocks.%d.".formatted(j);
        for (String module : List.of("norm1", "norm2", "mlp.fc1", "mlp.fc2")) {
          both(aliases, older + module, block + module);
        }
        aliases.put(older + "layer_scale_1", block + "layer_scale1.scale");
        aliases.put(older + "layer_scale_2", block + "layer_scale2.scale");
      }
    }
    both(aliases, "norm", "head.norm");
    both(aliases, "head", "head.fc");
    return Collections.unmodifiableMap(aliases);
  }

  private static void both(Map<String, String> aliases, String older, String name) {
    aliases.put(older + ".weight", name + ".weight");
    aliases.put(older + ".bias", name + ".bias");
  }

  /**
   * The sizes of one PoolFormer, checked.
   *
   * @param name timm's name, or the paper's
   * @param image of the input
   * @param numClasses K
   * @param stages depths and widths
   * @param dropPath probability of dropping the last block's branches; it grows linearly from 0
   * @param layerScale initial
   * @param version of the model
   */
  @Immutable
  private record Config(
      String name,
      ImageSize image,
      int numClasses,
      StageSizes stages,
      double dropPath,
      double layerScale,
      Version version)
      implements NetworkConfig {
    /** The stem's kernel less its padding on both sides. */
    private static final int SMALLEST_SIDE = 3;

    Config {
      Require.positive(name, "num_classes", numClasses);
      stages.require(name);
      for (int i = 1; i < StageSizes.COUNT; i++) {
        if (stages.dims().get(i).equals(stages.dims().get(i - 1))) {
          // timm would leave the down-sampling out, the authors would not.
          throw new IllegalArgumentException(
              "%s: dims must differ from each stage to the next, unlike %s"
                  .formatted(name, stages.dims()));
        }
      }
      if (Math.min(image.height(), image.width()) < SMALLEST_SIDE) {
        throw new IllegalArgumentException(
            "%s: img_size must be at least %d, not %dx%d"
                .formatted(name, SMALLEST_SIDE, image.height(), image.width()));
      }
      Require.dropPathRate(name, dropPath);
      Require.finite(name, "layer_scale_init_values", layerScale);
    }

    Convolution convolution(Scope scope, ConvolutionSize size) {
      return new Convolution(scope, size, weight(size.fanIn()), bias(size.fanIn()));
    }

    PointwiseConvolution pointwise(Scope scope, int in, int out) {
      return new PointwiseConvolution(scope, in, out, weight(in), bias(in));
    }

    private Initializer weight(int fanIn) {
      return switch (version) {
        case TIMM -> Initializer.truncatedNormal(0.02);
        case PAPER -> Initializer.uniformFanIn(fanIn);
      };
    }

    private Initializer bias(int fanIn) {
      return switch (version) {
        case TIMM -> Initializer.zeros();
        case PAPER -> Initializer.uniformFanIn(fanIn);
      };
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
          name,
          image.with(options, name),
          options.integer("num_classes").orElse(numClasses),
          stages.with(options),
          options.number("drop_path_rate").orElse(dropPath),
          options.number("layer_scale_init_values").orElse(layerScale),
          options.text("head").map(word -> Version.of(name, word)).orElse(version));
    }

    @Override
    public Map<String, Object> arguments() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("img_size", image.argument());
      arguments.put("num_classes", numClasses);
      arguments.put("depths", stages.depths());
      arguments.put("dims", stages.dims());
      arguments.put("drop_path_rate", dropPath);
      arguments.put("layer_scale_init_values", layerScale);
      arguments.put("head", version.word());
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public Map<String, String> aliases() {
      return PoolFormer.aliases(stages);
    }

    @Override
    public Optional<TimmModel> timm() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("num_classes", numClasses);
      arguments.put("depths", stages.depths());
      arguments.put("dims", stages.dims());
      arguments.put("layer_scale_init_values", layerScale);
      arguments.put("mlp_act", new TimmModel.Expression("torch.nn.GELU"));
      arguments.put("mlp_bias", true);
      arguments.put("downsample_norm", new TimmModel.Expression("None"));
      arguments.put("norm_layers", new TimmModel.Expression("timm.layers.GroupNorm1"));
      arguments.put("res_scale_init_values", new TimmModel.Expression("None"));
      arguments.put("use_mlp_head", false);
      // timm's named models do not take other depths and widths.
      TimmModel model =
          new TimmModel("timm.models.metaformer.MetaFormer", List.of(), arguments, List.of());
      int dim = stages.dims().get(StageSizes.COUNT - 1);
      return Optional.of(
          switch (version) {
            case TIMM -> model;
            case PAPER ->
                model
                    .then(
                        "model.head.flatten = torch.nn.Sequential(model.head.global_pool, model.head.flatten)")
                    .then("model.head.global_pool = torch.nn.Identity()")
                    .then("model.head.norm = timm.layers.GroupNorm1(%d)".formatted(dim));
          });
    }

    /** timm has no grouping of this family; its stages are built like ConvNeXt's. */
    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "stem")
          .with(1, "stages\\.(\\d+)\\.downsample", 0)
          .with(1, "stages\\.(\\d+)\\.blocks\\.(\\d+)");
    }

    @Override
    public Network network(Scope scope) {
      return new PoolFormer(this, scope);
    }
  }

  private record Size(
      String name, StageSizes stages, double layerScale, double cropFraction, Version version) {}

  private static final List<Size> SIZES =
      List.of(
          small("s12", StageSizes.of(2, 2, 6, 2), 1e-5),
          small("s24", StageSizes.of(4, 4, 12, 4), 1e-5),
          small("s36", StageSizes.of(6, 6, 18, 6), 1e-6),
          medium("m12", StageSizes.of(2, 2, 6, 2), 1e-5, Version.PAPER),
          medium("m36", StageSizes.of(6, 6, 18, 6), 1e-6, Version.TIMM),
          medium("m48", StageSizes.of(8, 8, 24, 8), 1e-6, Version.TIMM));

  private static Size small(String name, StageSizes depths, double layerScale) {
    return new Size(name, depths.dims(64, 128, 320, 512), layerScale, 0.9, Version.TIMM);
  }

  private static Size medium(String name, StageSizes depths, double layerScale, Version version) {
    return new Size(name, depths.dims(96, 192, 384, 768), layerScale, 0.95, version);
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    List<FamilyMember> members = new ArrayList<>();
    for (Size size : SIZES) {
      Config config =
          new Config(
              "poolformer_" + size.name(),
              ImageSize.square(224),
              1000,
              size.stages(),
              0.0,
              size.layerScale(),
              size.version());
      members.add(FamilyMember.imageNet(config, size.cropFraction()));
    }
    return members;
  }
}
