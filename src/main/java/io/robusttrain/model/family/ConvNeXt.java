package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.Convolution;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * ConvNeXt (Liu et al., 2022) as timm builds its tiny, small and base: a patch stem and four stages
 * of blocks, each a depthwise convolution, layer norm over channels and an MLP.
 *
 * <p>timm's nano and smaller members are not here: their MLPs are 1x1 convolutions, so their state
 * dicts differ.
 *
 * <p>Between the convolutions, features are (B, H, W, C): layer norm and the MLP then work on the
 * last dimension, and a convolution's channels-last input and output are views of such features.
 */
final class ConvNeXt implements Network {
  private final Convolution stem;
  private final LayerNorm stemNorm;
  private final List<Stage> stages = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private ConvNeXt(Config config, Scope scope) {
    List<Integer> dims = config.stages().dims();
    Scope patches = scope.child("stem");
    stem = convolution(patches.child(0), ConvolutionSize.patches(3, dims.get(0), config.patch()));
    stemNorm = new LayerNorm(patches.child(1), dims.get(0));
    for (int i = 0; i < StageSizes.COUNT; i++) {
      stages.add(new Stage(config, i, scope.child("stages").child(i)));
    }
    int last = dims.get(StageSizes.COUNT - 1);
    norm = new LayerNorm(scope.child("head").child("norm"), last);
    head = new Linear(scope.child("head").child("fc"), last, config.numClasses());
  }

  private static Convolution convolution(Scope scope, ConvolutionSize size) {
    return new Convolution(scope, size, Initializer.truncatedNormal(0.02), Initializer.zeros());
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x =
        Tensors.scoped(
            () -> {
              Tensor last = pixels.contiguous(torch.MemoryFormat.ChannelsLast);
              return stemNorm.forward(channelsLast(stem.forward(last)));
            });
    for (Stage stage : stages) {
      x = stage.forward(x, pass);
    }
    return head.forward(norm.forward(x.mean(1, 2)));
  }

  /** From (B, C, H, W) to (B, H, W, C), a view. */
  private static Tensor channelsLast(Tensor images) {
    return images.permute(0, 2, 3, 1);
  }

  /** From (B, H, W, C) to (B, C, H, W), a view. */
  private static Tensor channelsFirst(Tensor features) {
    return features.permute(0, 3, 1, 2);
  }

  /** Blocks of one width, behind the down-sampling to it. */
  private static final class Stage {
    private record Downsampling(LayerNorm norm, Convolution convolution) {}

    private final List<Downsampling> downsampling = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();

    Stage(Config config, int index, Scope scope) {
      StageSizes sizes = config.stages();
      int dim = sizes.dims().get(index);
      if (config.downsamples(index)) {
        int in = sizes.dims().get(Math.max(0, index - 1));
        Scope layer = scope.child("downsample");
        downsampling.add(
            new Downsampling(
                new LayerNorm(layer.child(0), in),
                convolution(layer.child(1), ConvolutionSize.patches(in, dim, 2))));
      }
      for (int i = 0; i < sizes.depths().get(index); i++) {
        double dropPath = sizes.dropPath(config.dropPath(), index, i);
        int number = sizes.blocksBefore(index) + i;
        blocks.add(new Block(config, dim, number, dropPath, scope.child("blocks").child(i)));
      }
    }

    /** From (B, H, W, C) to (B, H', W', C'). */
    Tensor forward(Tensor features, ForwardPass pass) {
      Tensor x = features;
      for (Downsampling layer : downsampling) {
        Tensor input = x;
        x =
            Tensors.scoped(
                () ->
                    channelsLast(
                        layer.convolution().forward(channelsFirst(layer.norm().forward(input)))));
      }
      for (Block block : blocks) {
        Tensor input = x;
        x = Tensors.scoped(() -> block.forward(input, pass));
      }
      return x;
    }
  }

  /** Depthwise convolution, layer norm, MLP, on one residual branch. */
  private static final class Block {
    private final Parameter gamma;
    private final Convolution depthwise;
    private final LayerNorm norm;
    private final Mlp mlp;
    private final DropPath path;

    Block(Config config, int dim, int number, double dropPath, Scope scope) {
      gamma = scope.parameter("gamma", Initializer.constant(config.layerScale()), dim);
      depthwise =
          convolution(scope.child("conv_dw"), ConvolutionSize.depthwise(dim, config.kernel()));
      norm = new LayerNorm(scope.child("norm"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, 4 * dim);
      path = new DropPath(dropPath, number, 1, scope.device());
    }

    /** From (B, H, W, C) to (B, H, W, C). */
    Tensor forward(Tensor x, ForwardPass pass) {
      Tensor mixed = channelsLast(depthwise.forward(channelsFirst(x)));
      return path.add(x, mlp.forward(norm.forward(mixed), gamma.tensor()), pass);
    }
  }

  /**
   * The sizes of one ConvNeXt, checked.
   *
   * @param name timm's name
   * @param image of the input; what is over a multiple of the stride is left out, as in timm
   * @param numClasses K
   * @param patch side of the stem's patches in pixels: 4, 2 or 1
   * @param stages depths and widths
   * @param kernel side of the depthwise convolutions, odd
   * @param dropPath probability of dropping the last block's branch; it grows linearly from 0
   * @param layerScale initial
   */
  @Immutable
  private record Config(
      String name,
      ImageSize image,
      int numClasses,
      int patch,
      StageSizes stages,
      int kernel,
      double dropPath,
      double layerScale)
      implements NetworkConfig {
    Config {
      Require.positive(name, "num_classes", numClasses);
      stages.require(name);
      if (patch != 4 && patch != 2 && patch != 1) {
        throw new IllegalArgumentException(
            "%s: patch_size must be 4, 2 or 1, not %d".formatted(name, patch));
      }
      if (kernel < 1 || kernel % 2 == 0) {
        throw new IllegalArgumentException(
            "%s: kernel_sizes must be an odd number, not %d".formatted(name, kernel));
      }
      int stride = stride(patch);
      if (Math.min(image.height(), image.width()) < stride) {
        throw new IllegalArgumentException(
            "%s: img_size must be at least %d, the network's stride, not %dx%d"
                .formatted(name, stride, image.height(), image.width()));
      }
      Require.dropPathRate(name, dropPath);
      Require.finite(name, "ls_init_value", layerScale);
    }

    private static int stride(int patch) {
      return patch == 1 ? 8 : 32;
    }

    /** All stages but the first halve the sides; behind patches of 2 the first does too. */
    boolean downsamples(int stage) {
      return stage > 0 || patch == 2;
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
          name,
          image.with(options, name),
          options.integer("num_classes").orElse(numClasses),
          options.integer("patch_size").orElse(patch),
          stages.with(options),
          options.integer("kernel_sizes").orElse(kernel),
          options.number("drop_path_rate").orElse(dropPath),
          options.number("ls_init_value").orElse(layerScale));
    }

    @Override
    public Map<String, Object> arguments() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("img_size", image.argument());
      arguments.put("num_classes", numClasses);
      arguments.put("patch_size", patch);
      arguments.put("depths", stages.depths());
      arguments.put("dims", stages.dims());
      arguments.put("kernel_sizes", kernel);
      arguments.put("drop_path_rate", dropPath);
      arguments.put("ls_init_value", layerScale);
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public Optional<TimmModel> timm() {
      return Optional.of(FamilyMember.named(name, members()).timm(this, "img_size"));
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "stem")
          .with(1, "stages\\.(\\d+)\\.downsample", 0)
          .with(1, "stages\\.(\\d+)\\.blocks\\.(\\d+)")
          .with(1, "norm_pre", LayerGroups.PREVIOUS);
    }

    @Override
    public Network network(Scope scope) {
      return new ConvNeXt(this, scope);
    }
  }

  private record Size(String name, StageSizes stages) {}

  private static final List<Size> SIZES =
      List.of(
          new Size("tiny", StageSizes.of(3, 3, 9, 3).dims(96, 192, 384, 768)),
          new Size("small", StageSizes.of(3, 3, 27, 3).dims(96, 192, 384, 768)),
          new Size("base", StageSizes.of(3, 3, 27, 3).dims(128, 256, 512, 1024)));

  /**
   * The named members of the family. timm's crop fraction depends on the weights, 0.875 for those
   * trained on ImageNet-1k alone and 0.95 for some others; here it is the former, as in the paper
   * "A Light Recipe to Train Robust Vision Transformers".
   */
  static List<FamilyMember> members() {
    List<FamilyMember> members = new ArrayList<>();
    for (Size size : SIZES) {
      Config config =
          new Config(
              "convnext_" + size.name(),
              ImageSize.square(224),
              1000,
              4,
              size.stages(),
              7,
              0.0,
              1e-6);
      members.add(FamilyMember.imageNet(config, 0.875));
    }
    return members;
  }
}
