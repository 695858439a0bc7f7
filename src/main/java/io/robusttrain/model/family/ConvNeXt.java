package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.ConvStem;
import io.robusttrain.model.layer.Convolution;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.GlobalResponseNorm;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PointwiseConvolution;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * ConvNeXt (Liu et al., 2022) and ConvNeXt V2 (Woo et al., 2023) as timm builds them: a patch stem
 * and four stages of blocks, each a depthwise convolution, layer norm over channels and an MLP. V2
 * has global response norm inside the MLP instead of a layer scale behind it.
 *
 * <p>Some members have a stem of convolutions (Singh et al., 2023), see {@link Stem}.
 *
 * <p>Between the convolutions, features are (B, H, W, C): layer norm and the MLP then work on the
 * last dimension, and a convolution's channels-last input and output are views of such features.
 */
final class ConvNeXt implements Network {
  private final UnaryOperator<Tensor> stem;
  private final List<Stage> stages = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private ConvNeXt(Config config, Scope scope) {
    List<Integer> dims = config.stages().dims();
    stem = stem(config, scope.child("stem"));
    for (int i = 0; i < StageSizes.COUNT; i++) {
      stages.add(new Stage(config, i, scope.child("stages").child(i)));
    }
    int last = dims.get(StageSizes.COUNT - 1);
    norm = new LayerNorm(scope.child("head").child("norm"), last);
    head = new Linear(scope.child("head").child("fc"), last, config.numClasses());
  }

  /** From pixels (B, 3, H, W) to features (B, H', W', C). */
  private static UnaryOperator<Tensor> stem(Config config, Scope scope) {
    int dim = config.stages().dims().get(0);
    if (config.form().stem() != Stem.PATCHES) {
      ConvStem stem = new ConvStem(scope, config.form().stem().steps(dim), Optional.empty());
      return stem::forward;
    }
    Convolution patches =
        convolution(scope.child(0), ConvolutionSize.patches(3, dim, config.patch()));
    LayerNorm norm = new LayerNorm(scope.child(1), dim);
    return pixels -> {
      Tensor last = pixels.contiguous(torch.MemoryFormat.ChannelsLast);
      return norm.forward(channelsLast(patches.forward(last)));
    };
  }

  private static Convolution convolution(Scope scope, ConvolutionSize size) {
    return new Convolution(scope, size, Initializer.truncatedNormal(0.02), Initializer.zeros());
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x = Tensors.scoped(() -> stem.apply(pixels));
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
    private final Convolution depthwise;
    private final LayerNorm norm;
    private final UnaryOperator<Tensor> mlp;
    private final DropPath path;

    Block(Config config, int dim, int number, double dropPath, Scope scope) {
      Optional<Parameter> gamma =
          config.form().responseNorm()
              ? Optional.empty()
              : Optional.of(
                  scope.parameter("gamma", Initializer.constant(config.layerScale()), dim));
      depthwise =
          convolution(scope.child("conv_dw"), ConvolutionSize.depthwise(dim, config.kernel()));
      norm = new LayerNorm(scope.child("norm"), dim);
      mlp = mlp(config.form(), dim, gamma, scope.child("mlp"));
      path = new DropPath(dropPath, number, 1, scope.device());
    }

    /** From (B, H, W, C) to the same. */
    private static UnaryOperator<Tensor> mlp(
        Form form, int dim, Optional<Parameter> gamma, Scope scope) {
      Features expansion = layer(form, scope.child("fc1"), dim, 4 * dim);
      Optional<GlobalResponseNorm> response =
          form.responseNorm()
              ? Optional.of(new GlobalResponseNorm(scope.child("grn"), 4 * dim))
              : Optional.empty();
      MeanSparse sparse = MeanSparse.ofLast(scope.child("act"), 4 * dim);
      Features projection = layer(form, scope.child("fc2"), 4 * dim, dim);
      return features -> {
        Tensor hidden = torch.gelu(sparse.of(expansion.of(features, Optional.empty())));
        Tensor inner = response.map(norm -> norm.forward(hidden)).orElse(hidden);
        return projection.of(inner, gamma);
      };
    }

    /** The smaller members' linear layers are 1x1 convolutions; they compute the same. */
    private static Features layer(Form form, Scope scope, int in, int out) {
      if (!form.pointwise()) {
        Linear linear = new Linear(scope, in, out);
        return (x, scale) ->
            scale
                .map(gamma -> linear.forward(x, gamma.tensor()))
                .orElseGet(() -> linear.forward(x));
      }
      PointwiseConvolution convolution =
          new PointwiseConvolution(
              scope, in, out, Initializer.truncatedNormal(0.02), Initializer.zeros());
      return (x, scale) -> {
        Tensor images = channelsFirst(x);
        return channelsLast(
            scale
                .map(gamma -> convolution.forward(images, gamma.tensor()))
                .orElseGet(() -> convolution.forward(images)));
      };
    }

    /** From (B, H, W, C) to (B, H, W, C). */
    Tensor forward(Tensor x, ForwardPass pass) {
      Tensor mixed = channelsLast(depthwise.forward(channelsFirst(x)));
      return path.add(x, mlp.apply(norm.forward(mixed)), pass);
    }
  }

  /** A linear layer over the channels of (B, H, W, C), the result times a scale of them. */
  @FunctionalInterface
  private interface Features {
    Tensor of(Tensor x, Optional<Parameter> scale);
  }

  /** What makes the first features, which are a fourth of the image's sides. */
  private enum Stem {
    /** A convolution of patches and layer norm, as in the original. */
    PATCHES,
    /** Two convolutions of stride 2, of half and all of the channels. */
    TWO,
    /** A third one of stride 1; half, three fourths and all of the channels. */
    THREE;

    /** The convolutions that give {@code dim} channels. */
    List<ConvStem.Step> steps(int dim) {
      return switch (this) {
        case PATCHES -> List.of();
        case TWO -> List.of(new ConvStem.Step(dim / 2, 2), new ConvStem.Step(dim, 2));
        case THREE ->
            List.of(
                new ConvStem.Step(dim / 2, 2),
                new ConvStem.Step(dim / 4 * 3, 2),
                new ConvStem.Step(dim, 1));
      };
    }

    /** What the first stage's channels must be a multiple of. */
    int divisor() {
      return switch (this) {
        case PATCHES -> 1;
        case TWO -> 2;
        case THREE -> 4;
      };
    }
  }

  /**
   * What a member's name says beside its sizes.
   *
   * @param stem what makes the first features
   * @param pointwise whether the MLPs' weights have the shapes of 1x1 convolutions
   * @param responseNorm whether it is a V2: global response norm in the MLPs, no layer scale
   */
  @Immutable
  private record Form(Stem stem, boolean pointwise, boolean responseNorm) implements Serializable {}

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
   * @param layerScale initial; without meaning for V2, which has none
   */
  @Immutable
  private record Config(
      String name,
      Form form,
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
      int divisor = form.stem().divisor();
      if (stages.dims().get(0) % divisor != 0) {
        throw new IllegalArgumentException(
            "%s: the stem of convolutions needs dims that begin with a multiple of %d, not %s"
                .formatted(name, divisor, stages.dims()));
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
          form,
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
      if (form.stem() == Stem.PATCHES) {
        arguments.put("patch_size", patch);
      }
      arguments.put("depths", stages.depths());
      arguments.put("dims", stages.dims());
      arguments.put("kernel_sizes", kernel);
      arguments.put("drop_path_rate", dropPath);
      if (!form.responseNorm()) {
        arguments.put("ls_init_value", layerScale);
      }
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public Optional<TimmModel> timm() {
      FamilyMember member = FamilyMember.named(name, members());
      if (form.stem() == Stem.PATCHES) {
        return Optional.of(member.timm(this, "img_size"));
      }
      return Optional.of(
          TimmConvStem.in(
              member.timm(this, "img_size").named(ORIGINALS.get(name)),
              "model.stem",
              form.stem().steps(stages.dims().get(0)),
              Optional.empty()));
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

  private static final StageSizes ATTO = StageSizes.of(2, 2, 6, 2).dims(40, 80, 160, 320);
  private static final StageSizes FEMTO = StageSizes.of(2, 2, 6, 2).dims(48, 96, 192, 384);
  private static final StageSizes PICO = StageSizes.of(2, 2, 6, 2).dims(64, 128, 256, 512);
  private static final StageSizes NANO = StageSizes.of(2, 2, 8, 2).dims(80, 160, 320, 640);
  private static final StageSizes TINY = StageSizes.of(3, 3, 9, 3).dims(96, 192, 384, 768);
  private static final StageSizes SMALL = StageSizes.of(3, 3, 27, 3).dims(96, 192, 384, 768);
  private static final StageSizes BASE = StageSizes.of(3, 3, 27, 3).dims(128, 256, 512, 1024);
  private static final StageSizes LARGE = StageSizes.of(3, 3, 27, 3).dims(192, 384, 768, 1536);
  private static final StageSizes XLARGE = StageSizes.of(3, 3, 27, 3).dims(256, 512, 1024, 2048);
  private static final StageSizes HUGE = StageSizes.of(3, 3, 27, 3).dims(352, 704, 1408, 2816);

  private static final Form FIRST = new Form(Stem.PATCHES, false, false);
  private static final Form FIRST_POINTWISE = new Form(Stem.PATCHES, true, false);
  private static final Form SECOND = new Form(Stem.PATCHES, false, true);
  private static final Form SECOND_POINTWISE = new Form(Stem.PATCHES, true, true);

  /** timm's models in which a stem of convolutions replaces the patches. */
  private static final Map<String, String> ORIGINALS =
      Map.of(
          "convnext_t_cvst", "convnext_tiny",
          "convnext_s_cvst", "convnext_small",
          "convnext_b_cvst", "convnext_base",
          "convnext_l_cvst", "convnext_large");

  /**
   * The named members of the family. timm's crop fraction depends on the weights, 0.875 for those
   * trained on ImageNet-1k alone and 0.95 for some others; here it is the former, as in the paper
   * "A Light Recipe to Train Robust Vision Transformers".
   */
  static List<FamilyMember> members() {
    return List.of(
        member("convnext_atto", FIRST_POINTWISE, ATTO),
        member("convnext_femto", FIRST_POINTWISE, FEMTO),
        member("convnext_pico", FIRST_POINTWISE, PICO),
        member("convnext_nano", FIRST_POINTWISE, NANO),
        member("convnext_tiny", FIRST, TINY),
        member("convnext_small", FIRST, SMALL),
        member("convnext_base", FIRST, BASE),
        member("convnext_large", FIRST, LARGE),
        member("convnext_xlarge", FIRST, XLARGE),
        member("convnextv2_atto", SECOND_POINTWISE, ATTO),
        member("convnextv2_femto", SECOND_POINTWISE, FEMTO),
        member("convnextv2_pico", SECOND_POINTWISE, PICO),
        member("convnextv2_nano", SECOND_POINTWISE, NANO),
        member("convnextv2_tiny", SECOND, TINY),
        member("convnextv2_small", SECOND, SMALL),
        member("convnextv2_base", SECOND, BASE),
        member("convnextv2_large", SECOND, LARGE),
        member("convnextv2_huge", SECOND, HUGE),
        member("convnext_t_cvst", new Form(Stem.TWO, false, false), TINY),
        member("convnext_s_cvst", new Form(Stem.TWO, false, false), SMALL),
        member("convnext_b_cvst", new Form(Stem.THREE, false, false), BASE),
        member("convnext_l_cvst", new Form(Stem.THREE, false, false), LARGE));
  }

  private static FamilyMember member(String name, Form form, StageSizes stages) {
    Config config = new Config(name, form, ImageSize.square(224), 1000, 4, stages, 7, 0.0, 1e-6);
    // The published models with a stem of convolutions see the pixels as they are.
    PixelStatistics statistics =
        form.stem() == Stem.PATCHES ? PixelStatistics.IMAGENET : PixelStatistics.NONE;
    return FamilyMember.of(config, statistics, 0.875);
  }
}
