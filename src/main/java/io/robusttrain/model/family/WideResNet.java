package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.layer.BatchNorm;
import io.robusttrain.model.layer.Convolution;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
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
 * The wide residual network for 32-pixel images (Zagoruyko and Komodakis, 2016), with batch norm
 * and an activation before each convolution, in the two layouts that the robust models of
 * RobustBench share, see {@link Layout}. Not timm's {@code wide_resnet50_2}, which is a {@link
 * ResNet}.
 */
final class WideResNet implements Network {
  private static final int STEM_CHANNELS = 16;
  private static final int STAGES = 3;

  private final Layout layout;
  private final Convolution stem;
  private final List<Block> blocks = new ArrayList<>();
  private final BatchNorm norm;
  private final MeanSparse sparse;
  private final Linear head;

  private WideResNet(Config config, Scope scope) {
    layout = config.layout();
    stem = layout.convolution(scope.child(layout.stem), ConvolutionSize.of(3, STEM_CHANNELS, 3));
    int in = STEM_CHANNELS;
    for (int stage = 0; stage < STAGES; stage++) {
      Scope layer = layout.stage(scope, stage);
      int out = config.channels(stage);
      for (int i = 0; i < config.blocks(); i++) {
        blocks.add(new Block(layout, in, out, stage > 0 && i == 0 ? 2 : 1, layer.child(i)));
        in = out;
      }
    }
    norm = new BatchNorm(scope.child(layout.norm), in);
    sparse = MeanSparse.ofSecond(scope.child("act"), in);
    Scope classifier = scope.child(layout.head);
    Initializer uniform = Initializer.uniformFanIn(in);
    head = new Linear(classifier, in, config.numClasses(), uniform, layout.headBias(in));
  }

  /** The mean is over all places; over 8x8 of them, as the original's pool, at 32 pixels. */
  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    // Channels last is no faster here, and batch norm's sums in training are then less exact.
    Tensor x = stem.forward(pixels.contiguous());
    for (Block block : blocks) {
      Tensor input = x;
      x = Tensors.scoped(() -> block.forward(input, pass));
    }
    return head.forward(layout.activated(sparse.of(norm.forward(x, pass))).mean(2, 3));
  }

  /** Names, activation and initial values, each as in the code that published the models. */
  private enum Layout {
    /** With ReLU; RobustBench's own class. */
    RELU("conv1", "bn1", "fc", List.of("bn1", "conv1", "bn2", "conv2", "convShortcut")),

    /** With SiLU (Gowal et al., 2020); convolutions of stride 2 are padded below and right only. */
    SILU(
        "init_conv",
        "batchnorm",
        "logits",
        List.of("batchnorm_0", "conv_0", "batchnorm_1", "conv_1", "shortcut"));

    private final String stem;
    private final String norm;
    private final String head;

    @SuppressWarnings("Immutable") // List.of in the constants
    private final List<String> block;

    Layout(String stem, String norm, String head, List<String> block) {
      this.stem = stem;
      this.norm = norm;
      this.head = head;
      this.block = block;
    }

    Scope stage(Scope scope, int stage) {
      return switch (this) {
        case RELU -> scope.child("block" + (stage + 1)).child("layer");
        case SILU -> scope.child("layer").child(stage).child("block");
      };
    }

    Convolution convolution(Scope scope, ConvolutionSize size) {
      return switch (this) {
        case RELU ->
            new Convolution(
                scope,
                size.withoutBias(),
                Initializer.normalFanOut(size.fanOut()),
                Initializer.zeros());
        case SILU -> new Convolution(scope, size.withoutBias());
      };
    }

    Initializer headBias(int in) {
      return switch (this) {
        case RELU -> Initializer.zeros();
        case SILU -> Initializer.uniformFanIn(in);
      };
    }

    Tensor activated(Tensor x) {
      return switch (this) {
        case RELU -> x.relu_();
        case SILU -> torch.silu(x);
      };
    }

    /** The first convolution of a block, 3x3. */
    UnaryOperator<Tensor> first(Scope scope, int in, int out, int stride) {
      ConvolutionSize size = ConvolutionSize.of(in, out, 3).stride(stride);
      if (this == RELU || stride == 1) {
        return convolution(scope, size)::forward;
      }
      Convolution bare = convolution(scope, size.padding(0));
      return x -> bare.forward(torch.constant_pad_nd(x, new long[] {0, 1, 0, 1}));
    }

    LayerGroups groups() {
      return switch (this) {
        case RELU ->
            LayerGroups.none()
                .with(0, "conv1")
                .with(1, "block(\\d+)\\.layer\\.(\\d+)")
                .with(1, "bn1", LayerGroups.PREVIOUS);
        case SILU ->
            LayerGroups.none()
                .with(0, "init_conv")
                .with(1, "layer\\.(\\d+)\\.block\\.(\\d+)")
                .with(1, "batchnorm", LayerGroups.PREVIOUS);
      };
    }
  }

  /** Twice batch norm, an activation and a convolution, beside a shortcut. */
  private static final class Block {
    private final Layout layout;
    private final BatchNorm norm1;
    private final MeanSparse sparse1;
    private final UnaryOperator<Tensor> conv1;
    private final BatchNorm norm2;
    private final MeanSparse sparse2;
    private final Convolution conv2;
    private final Optional<Convolution> projection;

    Block(Layout layout, int in, int out, int stride, Scope scope) {
      this.layout = layout;
      List<String> names = layout.block;
      norm1 = new BatchNorm(scope.child(names.get(0)), in);
      sparse1 = MeanSparse.ofSecond(scope.child("act1"), in);
      conv1 = layout.first(scope.child(names.get(1)), in, out, stride);
      norm2 = new BatchNorm(scope.child(names.get(2)), out);
      sparse2 = MeanSparse.ofSecond(scope.child("act2"), out);
      conv2 = layout.convolution(scope.child(names.get(3)), ConvolutionSize.of(out, out, 3));
      projection =
          in == out
              ? Optional.empty()
              : Optional.of(
                  layout.convolution(
                      scope.child(names.get(4)), ConvolutionSize.of(in, out, 1).stride(stride)));
    }

    /** From (B, I, H, W) to (B, O, H / stride, W / stride). */
    Tensor forward(Tensor input, ForwardPass pass) {
      Tensor active = layout.activated(sparse1.of(norm1.forward(input, pass)));
      Tensor inner = layout.activated(sparse2.of(norm2.forward(conv1.apply(active), pass)));
      // A projection takes the activated input, as in the original; the identity does not.
      Tensor shortcut = projection.map(layer -> layer.forward(active)).orElse(input);
      return shortcut.add(conv2.forward(inner));
    }
  }

  /**
   * The sizes of one wide ResNet, checked.
   *
   * @param name {@code wide_resnet<depth>_<widen>}, with {@code _silu} behind it for that layout
   * @param layout names, activation and initial values
   * @param image of the input
   * @param numClasses K
   * @param depth convolutions of the longest path, 4 more than a multiple of 6
   * @param widen factor over 16, 32 and 64 channels
   */
  @Immutable
  private record Config(
      String name, Layout layout, ImageSize image, int numClasses, int depth, int widen)
      implements NetworkConfig {
    Config {
      Require.positive(name, "img_size", Math.min(image.height(), image.width()));
      Require.positive(name, "num_classes", numClasses);
      Require.positive(name, "widen_factor", widen);
      if (depth < 10 || depth % 6 != 4) {
        throw new IllegalArgumentException(
            "%s: depth %d is not 6n + 4 with n of at least 1; the nearest that is: %d"
                .formatted(name, depth, Require.nearest(depth - 4, 6) + 4));
      }
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      double dropPath = options.number("drop_path_rate").orElse(0.0);
      if (dropPath != 0) {
        throw new IllegalArgumentException(
            "%s has no drop path: drop_path_rate must be 0, not %s".formatted(name, dropPath));
      }
      return new Config(
          name,
          layout,
          image.with(options, name),
          options.integer("num_classes").orElse(numClasses),
          options.integer("depth").orElse(depth),
          options.integer("widen_factor").orElse(widen));
    }

    @Override
    public Map<String, Object> arguments() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("img_size", image.argument());
      arguments.put("num_classes", numClasses);
      arguments.put("depth", depth);
      arguments.put("widen_factor", widen);
      arguments.put("drop_path_rate", 0.0);
      return Collections.unmodifiableMap(arguments);
    }

    /** The family is not timm's; its blocks are grouped like a ResNet's. */
    @Override
    public LayerGroups layerGroups() {
      return layout.groups();
    }

    @Override
    public Network network(Scope scope) {
      return new WideResNet(this, scope);
    }

    int blocks() {
      return (depth - 4) / 6;
    }

    int channels(int stage) {
      return (STEM_CHANNELS << stage) * widen;
    }
  }

  /** The named members of the family. */
  static List<FamilyMember> members() {
    return List.of(
        member(Layout.RELU, 16, 4),
        member(Layout.RELU, 28, 10),
        member(Layout.RELU, 34, 10),
        member(Layout.RELU, 40, 2),
        member(Layout.SILU, 28, 10),
        member(Layout.SILU, 34, 10),
        member(Layout.SILU, 70, 16));
  }

  private static FamilyMember member(Layout layout, int depth, int widen) {
    String form = layout == Layout.RELU ? "wide_resnet%d_%d" : "wide_resnet%d_%d_silu";
    String name = form.formatted(depth, widen);
    Config config = new Config(name, layout, ImageSize.square(32), 10, depth, widen);
    // RobustBench's class itself normalises nothing; what single sets of weights want differs.
    return FamilyMember.of(config, PixelStatistics.NONE, 1.0);
  }
}
