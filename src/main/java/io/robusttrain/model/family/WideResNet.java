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
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The wide residual network for 32-pixel images (Zagoruyko and Komodakis, 2016), with batch norm
 * and ReLU before each convolution, under the names of RobustBench's class, whose layout the robust
 * models of this kind share. Not timm's {@code wide_resnet50_2}, which is a {@link ResNet}.
 */
final class WideResNet implements Network {
  private static final int STEM_CHANNELS = 16;
  private static final int STAGES = 3;

  private final Convolution stem;
  private final List<Block> blocks = new ArrayList<>();
  private final BatchNorm norm;
  private final Linear head;

  private WideResNet(Config config, Scope scope) {
    stem = convolution(scope.child("conv1"), ConvolutionSize.of(3, STEM_CHANNELS, 3));
    int in = STEM_CHANNELS;
    for (int stage = 0; stage < STAGES; stage++) {
      Scope layer = scope.child("block" + (stage + 1)).child("layer");
      int out = config.channels(stage);
      for (int i = 0; i < config.blocks(); i++) {
        blocks.add(new Block(in, out, stage > 0 && i == 0 ? 2 : 1, layer.child(i)));
        in = out;
      }
    }
    norm = new BatchNorm(scope.child("bn1"), in);
    Scope classifier = scope.child("fc");
    head =
        new Linear(
            classifier, in, config.numClasses(), Initializer.uniformFanIn(in), Initializer.zeros());
  }

  private static Convolution convolution(Scope scope, ConvolutionSize size) {
    Initializer weight = Initializer.normalFanOut(size.fanOut());
    return new Convolution(scope, size.withoutBias(), weight, Initializer.zeros());
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
    return head.forward(norm.forward(x, pass).relu_().mean(2, 3));
  }

  /** Twice batch norm, ReLU and a convolution, beside a shortcut. */
  private static final class Block {
    private final BatchNorm norm1;
    private final Convolution conv1;
    private final BatchNorm norm2;
    private final Convolution conv2;
    private final Optional<Convolution> projection;

    Block(int in, int out, int stride, Scope scope) {
      norm1 = new BatchNorm(scope.child("bn1"), in);
      conv1 = convolution(scope.child("conv1"), ConvolutionSize.of(in, out, 3).stride(stride));
      norm2 = new BatchNorm(scope.child("bn2"), out);
      conv2 = convolution(scope.child("conv2"), ConvolutionSize.of(out, out, 3));
      projection =
          in == out
              ? Optional.empty()
              : Optional.of(
                  convolution(
                      scope.child("convShortcut"), ConvolutionSize.of(in, out, 1).stride(stride)));
    }

    /** From (B, I, H, W) to (B, O, H / stride, W / stride). */
    Tensor forward(Tensor input, ForwardPass pass) {
      Tensor active = norm1.forward(input, pass).relu_();
      Tensor inner = norm2.forward(conv1.forward(active), pass).relu_();
      // A projection takes the activated input, as in the original; the identity does not.
      Tensor shortcut = projection.map(layer -> layer.forward(active)).orElse(input);
      return shortcut.add(conv2.forward(inner));
    }
  }

  /**
   * The sizes of one wide ResNet, checked.
   *
   * @param name {@code wide_resnet<depth>_<widen>}
   * @param image of the input
   * @param numClasses K
   * @param depth convolutions of the longest path, 4 more than a multiple of 6
   * @param widen factor over 16, 32 and 64 channels
   */
  @Immutable
  private record Config(String name, ImageSize image, int numClasses, int depth, int widen)
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
      return LayerGroups.none()
          .with(0, "conv1")
          .with(1, "block(\\d+)\\.layer\\.(\\d+)")
          .with(1, "bn1", LayerGroups.PREVIOUS);
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
    return List.of(member(16, 4), member(28, 10), member(34, 10), member(40, 2));
  }

  private static FamilyMember member(int depth, int widen) {
    String name = "wide_resnet%d_%d".formatted(depth, widen);
    Config config = new Config(name, ImageSize.square(32), 10, depth, widen);
    // RobustBench's class itself normalises nothing; what single sets of weights want differs.
    return FamilyMember.of(config, PixelStatistics.NONE, 1.0);
  }
}
