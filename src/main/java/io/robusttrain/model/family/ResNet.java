package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.BatchNorm;
import io.robusttrain.model.layer.Convolution;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Network;
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
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The residual network (He et al., 2015) as timm builds it: stride on the 3x3 convolution of a
 * bottleneck, projections where the shape changes. Beside timm's models there are the ones with
 * GELU in place of every ReLU, and the adaptation to 32-pixel images, of the paper "A Light Recipe
 * to Train Robust Vision Transformers".
 */
final class ResNet implements Network {
  /** Channels of the stem; timm keeps them whatever the stages have. */
  private static final int STEM_CHANNELS = 64;

  private static final int STAGES = 4;
  private static final List<Integer> CHANNELS = List.of(64, 128, 256, 512);

  /** The {@code base_width} at which a bottleneck has its stage's channels inside. */
  private static final int BASE_WIDTH = 64;

  private final Config config;
  private final Layer stem;
  private final MeanSparse sparse;
  private final Scope pool;
  private final List<Block> blocks = new ArrayList<>();
  private final Linear head;

  private ResNet(Config config, Scope scope) {
    this.config = config;
    ConvolutionSize first = config.stem().convolution();
    stem = new Layer(scope.child("conv1"), scope.child("bn1"), first, Initializer.ones());
    sparse = MeanSparse.ofSecond(scope.child("act1"), STEM_CHANNELS);
    pool = scope.child("maxpool");
    int in = STEM_CHANNELS;
    for (int stage = 0; stage < STAGES; stage++) {
      Scope layers = scope.child("layer" + (stage + 1));
      for (int i = 0; i < config.layers().get(stage); i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        blocks.add(new Block(config, blocks.size(), stage, in, stride, layers.child(i)));
        in = config.width(stage);
      }
    }
    Initializer uniform = Initializer.uniformFanIn(in);
    head = new Linear(scope.child("fc"), in, config.numClasses(), uniform, uniform);
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor x =
        Tensors.scoped(
            () -> {
              Tensor input = config.stem().laidOut(pixels);
              return pooled(config.activation().of(sparse.of(stem.forward(input, pass))));
            });
    for (Block block : blocks) {
      Tensor input = x;
      x = Tensors.scoped(() -> block.forward(input, pass));
    }
    return head.forward(x.mean(2, 3));
  }

  private Tensor pooled(Tensor x) {
    return switch (config.stem()) {
      case CIFAR -> x;
      case IMAGENET ->
          pool.traced(
              "max_pool",
              x,
              torch.max_pool2d(
                  x,
                  new long[] {3, 3},
                  new long[] {2, 2},
                  new long[] {1, 1},
                  new long[] {1, 1},
                  false));
    };
  }

  /** A convolution without bias and its batch norm. */
  private static final class Layer {
    private final Convolution convolution;
    private final BatchNorm norm;

    Layer(Scope convolution, Scope norm, ConvolutionSize size, Initializer scale) {
      Initializer weight = Initializer.normalFanOut(size.fanOut());
      this.convolution =
          new Convolution(convolution, size.withoutBias(), weight, Initializer.zeros());
      this.norm = new BatchNorm(norm, size.out(), scale);
    }

    Tensor forward(Tensor input, ForwardPass pass) {
      return norm.forward(convolution.forward(input), pass);
    }
  }

  /** Two or three convolutions beside a shortcut, which is a projection where the shape changes. */
  private static final class Block {
    private final Activation activation;
    private final List<Layer> layers = new ArrayList<>();
    private final List<MeanSparse> sparse = new ArrayList<>();
    private final Optional<Layer> projection;
    private final DropPath path;

    Block(Config config, int index, int stage, int in, int stride, Scope scope) {
      activation = config.activation();
      List<ConvolutionSize> sizes =
          config.block().convolutions(in, config.channels().get(stage), config.baseWidth(), stride);
      for (int i = 1; i <= sizes.size(); i++) {
        // The last scale starts at zero, so that a block starts as its shortcut.
        Initializer scale = i == sizes.size() ? Initializer.zeros() : Initializer.ones();
        layers.add(
            new Layer(scope.child("conv" + i), scope.child("bn" + i), sizes.get(i - 1), scale));
        sparse.add(MeanSparse.ofSecond(scope.child("act" + i), sizes.get(i - 1).out()));
      }
      int out = config.width(stage);
      Scope downsample = scope.child("downsample");
      projection =
          stride == 1 && in == out
              ? Optional.empty()
              : Optional.of(
                  new Layer(
                      downsample.child(0),
                      downsample.child(1),
                      ConvolutionSize.of(in, out, 1).stride(stride),
                      Initializer.ones()));
      path = new DropPath(config.dropPath(index), index, 1, scope.device());
    }

    /** From (B, I, H, W) to (B, O, H / stride, W / stride). */
    Tensor forward(Tensor input, ForwardPass pass) {
      Tensor x = input;
      int last = layers.size() - 1;
      for (int i = 0; i < last; i++) {
        x = activation.of(sparse.get(i).of(layers.get(i).forward(x, pass)));
      }
      Tensor residual = layers.get(last).forward(x, pass);
      Tensor shortcut = projection.map(layer -> layer.forward(input, pass)).orElse(input);
      return activation.of(sparse.get(last).of(path.add(shortcut, residual, pass)));
    }
  }

  /** timm's argument {@code act_layer}. */
  private enum Activation {
    RELU,
    GELU;

    /** Of a result that nobody else needs: it may be overwritten. */
    Tensor of(Tensor fresh) {
      return switch (this) {
        case RELU -> fresh.relu_();
        case GELU -> torch.gelu(fresh);
      };
    }
  }

  /** timm's argument {@code block}. */
  private enum BlockKind {
    BASIC,
    BOTTLENECK;

    /** Output channels over the stage's channels. */
    int expansion() {
      return switch (this) {
        case BASIC -> 1;
        case BOTTLENECK -> 4;
      };
    }

    List<ConvolutionSize> convolutions(int in, int channels, int baseWidth, int stride) {
      return switch (this) {
        case BASIC ->
            List.of(
                ConvolutionSize.of(in, channels, 3).stride(stride),
                ConvolutionSize.of(channels, channels, 3));
        case BOTTLENECK -> {
          int inner = channels * baseWidth / BASE_WIDTH;
          yield List.of(
              ConvolutionSize.of(in, inner, 1),
              ConvolutionSize.of(inner, inner, 3).stride(stride),
              ConvolutionSize.of(inner, channels * expansion(), 1));
        }
      };
    }
  }

  /** What stands before the stages. */
  private enum Stem {
    /** 7x7 of stride 2, and a max pool of stride 2. */
    IMAGENET,
    /** 3x3 of stride 1, no pool. */
    CIFAR;

    ConvolutionSize convolution() {
      return switch (this) {
        case IMAGENET -> ConvolutionSize.of(3, STEM_CHANNELS, 7).stride(2);
        case CIFAR -> ConvolutionSize.of(3, STEM_CHANNELS, 3);
      };
    }

    /**
     * Channels last saves a tenth of the time of large images. Of small ones it saves nothing, and
     * batch norm's sums in training are then less exact by a factor of ten.
     */
    Tensor laidOut(Tensor pixels) {
      return switch (this) {
        case IMAGENET -> pixels.contiguous(torch.MemoryFormat.ChannelsLast);
        case CIFAR -> pixels.contiguous();
      };
    }
  }

  /**
   * The sizes of one ResNet, checked.
   *
   * @param name timm's name
   * @param image of the input
   * @param numClasses K
   * @param block of all stages
   * @param layers blocks of each of the four stages
   * @param channels of each stage, before the expansion of a bottleneck
   * @param baseWidth inner channels of a bottleneck for 64 of its stage
   * @param activation everywhere
   * @param stem before the stages
   * @param dropPath probability of dropping the last block's residual branch; the others' grow
   *     linearly up to it from zero
   */
  @Immutable
  @SuppressWarnings("Immutable") // List.copyOf in the constructor
  private record Config(
      String name,
      ImageSize image,
      int numClasses,
      BlockKind block,
      List<Integer> layers,
      List<Integer> channels,
      int baseWidth,
      Activation activation,
      Stem stem,
      double dropPath)
      implements NetworkConfig {
    Config {
      layers = List.copyOf(layers);
      channels = List.copyOf(channels);
      Require.positive(name, "img_size", Math.min(image.height(), image.width()));
      Require.positive(name, "num_classes", numClasses);
      requireStages(name, "layers", layers);
      requireStages(name, "channels", channels);
      Require.positive(name, "base_width", baseWidth);
      if (block == BlockKind.BASIC && baseWidth != BASE_WIDTH) {
        throw new IllegalArgumentException(
            "%s: basic blocks have no inner width, base_width must stay %d, not %d"
                .formatted(name, BASE_WIDTH, baseWidth));
      }
      if (channels.stream().anyMatch(stage -> (long) stage * baseWidth < BASE_WIDTH)) {
        throw new IllegalArgumentException(
            "%s: channels %s leave a bottleneck of base_width %d no inner channel; raise either"
                .formatted(name, channels, baseWidth));
      }
      Require.dropPathRate(name, dropPath);
    }

    private static void requireStages(String name, String argument, List<Integer> values) {
      if (values.size() != STAGES) {
        throw new IllegalArgumentException(
            "%s: %s must have one number for each of the %d stages, not %s"
                .formatted(name, argument, STAGES, values));
      }
      values.forEach(value -> Require.positive(name, argument, value));
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      return new Config(
          name,
          image.with(options, name),
          options.integer("num_classes").orElse(numClasses),
          word(options, "block", block),
          options.integers("layers").orElse(layers),
          options.integers("channels").orElse(channels),
          options.integer("base_width").orElse(baseWidth),
          word(options, "act_layer", activation),
          word(options, "stem", stem),
          options.number("drop_path_rate").orElse(dropPath));
    }

    private <E extends Enum<E>> E word(ModelOptions options, String argument, E unless) {
      String word = options.text(argument).orElse(word(unless));
      E[] known = unless.getDeclaringClass().getEnumConstants();
      return Arrays.stream(known)
          .filter(value -> word(value).equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s: %s must be %s, not %s"
                          .formatted(
                              name,
                              argument,
                              Arrays.stream(known)
                                  .map(Config::word)
                                  .collect(Collectors.joining(" or ")),
                              word)));
    }

    @Override
    public Map<String, Object> arguments() {
      Map<String, Object> arguments = new LinkedHashMap<>();
      arguments.put("img_size", image.argument());
      arguments.put("num_classes", numClasses);
      arguments.put("block", word(block));
      arguments.put("layers", layers);
      arguments.put("channels", channels);
      arguments.put("base_width", baseWidth);
      arguments.put("act_layer", word(activation));
      arguments.put("stem", word(stem));
      arguments.put("drop_path_rate", dropPath);
      return Collections.unmodifiableMap(arguments);
    }

    private static String word(Enum<?> value) {
      return value.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Optional<TimmModel> timm() {
      String base =
          switch (block) {
            case BASIC -> "resnet18";
            case BOTTLENECK -> "resnet50";
          };
      TimmModel model = FamilyMember.named(base, members()).timm(this, "img_size", "block", "stem");
      return Optional.of(
          switch (stem) {
            case IMAGENET -> model;
            case CIFAR ->
                model
                    .then(
                        "model.conv1 = torch.nn.Conv2d(3, %d, 3, padding=1, bias=False)"
                            .formatted(STEM_CHANNELS))
                    .then("model.maxpool = torch.nn.Identity()");
          });
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none().with(0, "conv1|bn1|maxpool").with(1, "layer(\\d+)\\.(\\d+)");
    }

    @Override
    public Network network(Scope scope) {
      return new ResNet(this, scope);
    }

    /** Channels that a stage gives. */
    int width(int stage) {
      return channels.get(stage) * block.expansion();
    }

    /** The rate of block {@code index} of all. */
    double dropPath(int index) {
      int last = layers.stream().mapToInt(Integer::intValue).sum() - 1;
      return dropPath * index / last;
    }
  }

  /**
   * timm's default weights of these names crop 0.95 of the side, but for the wide one, which crops
   * 0.875; the paper's GELU models crop as {@code resnet50} does. 32-pixel images are not cropped.
   */
  static List<FamilyMember> members() {
    List<Integer> shallow = List.of(2, 2, 2, 2);
    List<Integer> middle = List.of(3, 4, 6, 3);
    return List.of(
        large("resnet18", BlockKind.BASIC, shallow, 64, Activation.RELU, 0.95),
        large("resnet18_gelu", BlockKind.BASIC, shallow, 64, Activation.GELU, 0.95),
        large("resnet34", BlockKind.BASIC, middle, 64, Activation.RELU, 0.95),
        large("resnet50", BlockKind.BOTTLENECK, middle, 64, Activation.RELU, 0.95),
        large("resnet50_gelu", BlockKind.BOTTLENECK, middle, 64, Activation.GELU, 0.95),
        large("resnet101", BlockKind.BOTTLENECK, List.of(3, 4, 23, 3), 64, Activation.RELU, 0.95),
        large("wide_resnet50_2", BlockKind.BOTTLENECK, middle, 128, Activation.RELU, 0.875),
        small("resnet18_32", BlockKind.BASIC, shallow),
        small("resnet50_32", BlockKind.BOTTLENECK, middle));
  }

  private static FamilyMember large(
      String name,
      BlockKind block,
      List<Integer> layers,
      int baseWidth,
      Activation activation,
      double cropFraction) {
    Config config =
        new Config(
            name,
            ImageSize.square(224),
            1000,
            block,
            layers,
            CHANNELS,
            baseWidth,
            activation,
            Stem.IMAGENET,
            0);
    return FamilyMember.imageNet(config, cropFraction);
  }

  private static FamilyMember small(String name, BlockKind block, List<Integer> layers) {
    Config config =
        new Config(
            name,
            ImageSize.square(32),
            10,
            block,
            layers,
            CHANNELS,
            BASE_WIDTH,
            Activation.RELU,
            Stem.CIFAR,
            0);
    return FamilyMember.imageNet(config, 1.0);
  }
}
