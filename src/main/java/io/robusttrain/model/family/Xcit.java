package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.layer.BatchNorm;
import io.robusttrain.model.layer.Convolution;
import io.robusttrain.model.layer.ConvolutionSize;
import io.robusttrain.model.layer.DropPath;
import io.robusttrain.model.layer.FourierGrid;
import io.robusttrain.model.layer.Initializer;
import io.robusttrain.model.layer.LayerNorm;
import io.robusttrain.model.layer.Linear;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Mlp;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Parameter;
import io.robusttrain.model.layer.PatchDropout;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.model.layer.attention.ClassAttention;
import io.robusttrain.model.layer.attention.CrossCovarianceAttention;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The cross-covariance image transformer (El-Nouby et al., 2021) as timm builds it: a convolutional
 * stem, blocks that attend over channels instead of tokens, and class attention. Beside timm's
 * models there are the 12-deep medium and large ones of the paper "A Light Recipe to Train Robust
 * Vision Transformers", and its adaptations to 32-pixel images.
 */
final class Xcit implements Network {
  private final Config config;
  private final Stem stem;
  private final Position position;
  private final PatchDropout dropout;
  private final List<XcaBlock> blocks = new ArrayList<>();
  private final Parameter classToken;
  private final List<ClassBlock> classBlocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;

  private Xcit(Config config, Scope scope) {
    this.config = config;
    classToken =
        scope.parameter("cls_token", Initializer.truncatedNormal(0.02), 1, 1, config.dim());
    stem = new Stem(config, scope.child("patch_embed").child("proj"));
    position = new Position(scope.child("pos_embed").child("token_projection"), config.dim());
    dropout = new PatchDropout(0, scope.device());
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(new XcaBlock(config, i, scope.child("blocks").child(i)));
    }
    for (int i = 0; i < config.classDepth(); i++) {
      classBlocks.add(new ClassBlock(config, scope.child("cls_attn_blocks").child(i)));
    }
    norm = new LayerNorm(scope.child("norm"), config.dim());
    head = new Linear(scope.child("head"), config.dim(), config.numClasses());
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor patches = stem.forward(pixels, pass);
    int rows = Math.toIntExact(patches.size(2));
    int columns = Math.toIntExact(patches.size(3));
    Tensor x = patches.flatten(2, 3).transpose(1, 2).add(position.forward(rows, columns));
    if (pass.dropped().isPresent()) {
      // A rectangle is a grid, too: at its border the convolutions see zeros, as at the image's.
      TokenDropping.Draw draw = pass.dropped().get();
      x = dropout.forward(x, rows, columns, draw);
      rows = draw.dropping().side(rows);
      columns = draw.dropping().side(columns);
    }
    for (XcaBlock block : blocks) {
      x = block.forward(x, rows, columns, pass);
    }
    Tensor token = classToken.tensor().expand(x.size(0), 1, config.dim());
    x = torch.cat(new TensorVector(token, x), 1);
    int last = classBlocks.size() - 1;
    for (ClassBlock block : classBlocks.subList(0, last)) {
      Tensor tokens = x;
      x = Tensors.scoped(() -> block.forward(tokens));
    }
    // The head reads only the class token, and layer norm works token by token.
    Tensor classTokens = classBlocks.get(last).classToken(x).select(1, 0);
    return head.forward(norm.forward(classTokens));
  }

  /** The patch embedding: 3x3 convolutions with batch norm, and GELU between them. */
  private static final class Stem {
    /**
     * @param sparse before the activation in front of the convolution; the first one has none
     */
    private record Layer(Optional<MeanSparse> sparse, Convolution convolution, BatchNorm norm) {}

    private final List<Layer> layers = new ArrayList<>();

    Stem(Config config, Scope scope) {
      int in = 3;
      for (int i = 0; i < config.strides().size(); i++) {
        int out = config.stemChannels(i);
        // Activations take the odd numbers.
        Optional<MeanSparse> sparse =
            i == 0
                ? Optional.empty()
                : Optional.of(MeanSparse.ofSecond(scope.child(2 * i - 1), in));
        Scope layer = scope.child(2 * i);
        ConvolutionSize size =
            ConvolutionSize.of(in, out, 3).stride(config.strides().get(i)).withoutBias();
        layers.add(
            new Layer(
                sparse, new Convolution(layer.child(0), size), new BatchNorm(layer.child(1), out)));
        in = out;
      }
    }

    /** From pixels (B, 3, H, W) to (B, D, H / patch, W / patch), channels last in memory. */
    Tensor forward(Tensor pixels, ForwardPass pass) {
      // Channels last from the start: the tokens are then a view, and no layer reorders its input.
      Tensor x = pixels.contiguous(torch.MemoryFormat.ChannelsLast);
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = layers.get(i);
        Tensor input = x;
        x =
            Tensors.scoped(
                () -> {
                  Tensor activated =
                      layer.sparse().map(sparse -> torch.gelu(sparse.of(input))).orElse(input);
                  return layer.norm().forward(layer.convolution().forward(activated), pass);
                });
      }
      return x;
    }
  }

  /** The positional encoding: Fourier features through a learned 1x1 convolution. */
  private static final class Position {
    private final Scope scope;
    private final FourierGrid grid;
    private final Parameter weight;
    private final Parameter bias;

    Position(Scope scope, int dim) {
      this.scope = scope;
      grid = new FourierGrid(scope);
      Initializer uniform = Initializer.uniformFanIn(FourierGrid.FEATURES);
      weight = scope.parameter("weight", uniform, dim, FourierGrid.FEATURES, 1, 1);
      bias = scope.parameter("bias", uniform, dim);
    }

    /** (N, D), the same for all images. */
    Tensor forward(long rows, long columns) {
      Tensor linear = weight.tensor().flatten(1, 3);
      Tensor features =
          grid.features(Math.toIntExact(rows), Math.toIntExact(columns)).to(linear.scalar_type());
      Tensor positions = torch.linear(features, linear, bias.optional());
      // The count is that of an image, though a batch needs it only once.
      scope.traced(
          "conv2d",
          features.unsqueeze(0),
          positions.unsqueeze(0),
          () -> rows * columns * linear.numel());
      return positions;
    }
  }

  /** Attention over channels, local patch interaction, MLP. */
  private static final class XcaBlock {
    private final Parameter gamma1;
    private final Parameter gamma3;
    private final Parameter gamma2;
    private final LayerNorm norm1;
    private final CrossCovarianceAttention attention;
    private final LayerNorm norm3;
    private final Convolution conv1;
    private final MeanSparse localSparse;
    private final BatchNorm localNorm;
    private final Convolution conv2;
    private final LayerNorm norm2;
    private final Mlp mlp;
    private final DropPath path1;
    private final DropPath path2;
    private final DropPath path3;

    XcaBlock(Config config, int index, Scope scope) {
      int dim = config.dim();
      Initializer eta = Initializer.constant(config.eta());
      gamma1 = scope.parameter("gamma1", eta, dim);
      gamma3 = scope.parameter("gamma3", eta, dim);
      gamma2 = scope.parameter("gamma2", eta, dim);
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention = new CrossCovarianceAttention(scope.child("attn"), dim, config.heads());
      norm3 = new LayerNorm(scope.child("norm3"), dim);
      Scope local = scope.child("local_mp");
      conv1 = new Convolution(local.child("conv1"), ConvolutionSize.depthwise(dim, 3));
      localSparse = MeanSparse.ofSecond(local.child("act"), dim);
      localNorm = new BatchNorm(local.child("bn"), dim);
      conv2 = new Convolution(local.child("conv2"), ConvolutionSize.depthwise(dim, 3));
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, config.hidden());
      path1 = new DropPath(config.dropPath(), index, 1, scope.device());
      path2 = new DropPath(config.dropPath(), index, 2, scope.device());
      path3 = new DropPath(config.dropPath(), index, 3, scope.device());
    }

    /** From (B, N, D) to (B, N, D), the tokens being a grid of {@code rows x columns}. */
    Tensor forward(Tensor tokens, long rows, long columns, ForwardPass pass) {
      Tensor attended =
          Tensors.scoped(
              () ->
                  path1.add(
                      tokens, attention.forward(norm1.forward(tokens), gamma1.tensor()), pass));
      Tensor mixed =
          Tensors.scoped(
              () -> path3.add(attended, local(norm3.forward(attended), rows, columns, pass), pass));
      return Tensors.scoped(
          () -> path2.add(mixed, mlp.forward(norm2.forward(mixed), gamma2.tensor()), pass));
    }

    /** Two depthwise convolutions over the grid, scaled; the tokens are its channels-last view. */
    private Tensor local(Tensor tokens, long rows, long columns, ForwardPass pass) {
      Tensor grid = tokens.transpose(1, 2).view(tokens.size(0), tokens.size(2), rows, columns);
      Tensor hidden = localNorm.forward(torch.gelu(localSparse.of(conv1.forward(grid))), pass);
      Tensor mixed = conv2.forward(hidden, gamma3.tensor());
      return mixed.flatten(2, 3).transpose(1, 2);
    }
  }

  /**
   * Class attention: only the class token attends, to all tokens. The patch tokens change too, as
   * in the original: they get their own norm, scaled, and are doubled.
   */
  private static final class ClassBlock {
    private final boolean tokensNorm;
    private final Parameter gamma1;
    private final Parameter gamma2;
    private final LayerNorm norm1;
    private final ClassAttention attention;
    private final LayerNorm norm2;
    private final Mlp mlp;

    ClassBlock(Config config, Scope scope) {
      int dim = config.dim();
      tokensNorm = config.tokensNorm();
      gamma1 = scope.parameter("gamma1", Initializer.constant(config.eta()), dim);
      gamma2 = scope.parameter("gamma2", Initializer.constant(config.eta()), dim);
      norm1 = new LayerNorm(scope.child("norm1"), dim);
      attention = new ClassAttention(scope.child("attn"), dim, config.heads());
      norm2 = new LayerNorm(scope.child("norm2"), dim);
      mlp = new Mlp(scope.child("mlp"), dim, config.hidden());
    }

    /** From (B, N + 1, D) to (B, N + 1, D), the class token first. */
    Tensor forward(Tensor tokens) {
      long patches = tokens.size(1) - 1;
      Tensor normed = norm1.forward(tokens);
      Tensor x =
          torch.addcmul(
              tokens.narrow(1, 1, patches), gamma1.tensor(), normed.narrow(1, 1, patches));
      Tensor others = tokensNorm ? norm2.forward(x) : x;
      return torch.cat(new TensorVector(classToken(tokens, normed), others.mul(new Scalar(2f))), 1);
    }

    /** The class token alone, from (B, N + 1, D) to (B, 1, D): all a last block must compute. */
    Tensor classToken(Tensor tokens) {
      return classToken(tokens, norm1.forward(tokens));
    }

    private Tensor classToken(Tensor tokens, Tensor normed) {
      Tensor attended =
          torch.addcmul(tokens.narrow(1, 0, 1), gamma1.tensor(), attention.forward(normed));
      Tensor x = norm2.forward(attended);
      return torch.addcmul(x, gamma2.tensor(), mlp.forward(x));
    }
  }

  /**
   * The sizes of one XCiT, checked.
   *
   * @param name timm's name
   * @param image of the input
   * @param numClasses K
   * @param patchSize timm's patch size; 2 stands for one token a pixel, as in the paper's
   *     adaptation
   * @param strides of the stem's 3x3 convolutions, three or four of them
   * @param dim D, channels of a token
   * @param depth cross-covariance blocks
   * @param heads of both attentions
   * @param mlpRatio hidden over token channels
   * @param dropPath probability of dropping a residual branch of a cross-covariance block
   * @param classDepth class-attention blocks
   * @param eta initial layer scale
   * @param tokensNorm whether a class-attention block's second norm takes all tokens
   */
  @Immutable
  @SuppressWarnings("Immutable") // List.copyOf in the constructor
  private record Config(
      String name,
      ImageSize image,
      int numClasses,
      int patchSize,
      List<Integer> strides,
      int dim,
      int depth,
      int heads,
      double mlpRatio,
      double dropPath,
      int classDepth,
      double eta,
      boolean tokensNorm)
      implements NetworkConfig {
    Config {
      strides = List.copyOf(strides);
      Require.positive(name, "num_classes", numClasses);
      Require.positive(name, "depth", depth);
      Require.positive(name, "cls_attn_layers", classDepth);
      requireStem(name, strides, patchSize);
      Require.patches(name, image.height(), image.width(), product(strides));
      Require.heads(name, dim, heads);
      int halvings = 1 << (strides.size() - 1);
      if (dim % halvings != 0) {
        throw new IllegalArgumentException(
            "%s: embed_dim %d is not divisible by %d, as the stem of %d convolutions needs; try %d"
                .formatted(name, dim, halvings, strides.size(), Require.nearest(dim, halvings)));
      }
      Require.positive(name, "mlp_ratio", mlpRatio);
      Require.dropPathRate(name, dropPath);
      Require.finite(name, "eta", eta);
    }

    private static void requireStem(String name, List<Integer> strides, int patchSize) {
      if (strides.size() < 3
          || strides.size() > 4
          || strides.stream().anyMatch(s -> s != 1 && s != 2)) {
        throw new IllegalArgumentException(
            "%s: stem_strides must be three or four of 1 and 2, not %s".formatted(name, strides));
      }
      int stride = product(strides);
      if (stride != patchSize && !(patchSize == 2 && stride == 1)) {
        throw new IllegalArgumentException(
            "%s: stem_strides %s make patches of %d pixels, patch_size says %d; set one of them only"
                .formatted(name, strides, stride, patchSize));
      }
    }

    @Override
    public NetworkConfig with(ModelOptions options) {
      List<Integer> newStrides =
          options
              .integers("stem_strides")
              .or(() -> options.integer("patch_size").map(this::stridesOf))
              .orElse(strides);
      int newPatch =
          options
              .integer("patch_size")
              .orElse(
                  options.integers("stem_strides").isPresent() ? product(newStrides) : patchSize);
      return new Config(
          name,
          image.with(options, name),
          options.integer("num_classes").orElse(numClasses),
          newPatch,
          newStrides,
          options.integer("embed_dim").orElse(dim),
          options.integer("depth").orElse(depth),
          options.integer("num_heads").orElse(heads),
          options.number("mlp_ratio").orElse(mlpRatio),
          options.number("drop_path_rate").orElse(dropPath),
          options.integer("cls_attn_layers").orElse(classDepth),
          options.number("eta").orElse(eta),
          options.flag("tokens_norm").orElse(tokensNorm));
    }

    /** {@code stem_strides} only where timm has no such stem. */
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
      arguments.put("cls_attn_layers", classDepth);
      arguments.put("eta", eta);
      arguments.put("tokens_norm", tokensNorm);
      if (strides.contains(1)) {
        arguments.put("stem_strides", strides);
      }
      return Collections.unmodifiableMap(arguments);
    }

    @Override
    public Set<String> optionalArguments() {
      return Set.of("stem_strides");
    }

    @Override
    public LayerGroups layerGroups() {
      return LayerGroups.none()
          .with(0, "cls_token|pos_embed|patch_embed")
          .with(1, "blocks\\.(\\d+)")
          .with(2, "cls_attn_blocks\\.(\\d+)")
          .with(2, "norm", LayerGroups.PREVIOUS);
    }

    @Override
    public Network network(Scope scope) {
      return new Xcit(this, scope);
    }

    /** The local patch interaction needs a grid of neighbours. */
    @Override
    public Set<TokenDropping.Mode> tokenDropping() {
      return EnumSet.of(TokenDropping.Mode.BLOCK);
    }

    @Override
    public Optional<TokenDropping.Grid> tokenGrid() {
      int patch = product(strides);
      return Optional.of(new TokenDropping.Grid(image.height() / patch, image.width() / patch));
    }

    @Override
    public Optional<TimmModel> timm() {
      TimmModel model =
          FamilyMember.named(timmBase(), members()).timm(this, "patch_size", "stem_strides");
      for (int i = 0; i < strides.size(); i++) {
        if (strides.get(i) == 1) {
          model = model.then("model.patch_embed.proj[%d][0].stride = (1, 1)".formatted(2 * i));
        }
      }
      return Optional.of(model);
    }

    /** timm's model of this name, or one with as many convolutions in its stem. */
    private String timmBase() {
      String stem = strides.size() == 4 ? "p16" : "p8";
      boolean timms =
          !strides.contains(1)
              && name.contains("_" + stem + "_")
              && !NOT_IN_TIMM.matcher(name).find();
      return timms ? name : "xcit_small_12_" + stem + "_224";
    }

    int hidden() {
      return (int) (dim * mlpRatio);
    }

    /** Of the stem's convolution {@code index}: the last has D, each before it half as many. */
    int stemChannels(int index) {
      return dim >> (strides.size() - 1 - index);
    }

    /** The stem of a patch size: timm's for 16 and 8, the paper's adaptations for small images. */
    private List<Integer> stridesOf(int newPatch) {
      if (newPatch == patchSize) {
        return strides;
      }
      return switch (newPatch) {
        case 16 -> List.of(2, 2, 2, 2);
        case 8 -> List.of(2, 2, 2);
        case 4 -> List.of(1, 1, 2, 2);
        case 2 -> List.of(1, 1, 1, 1);
        default ->
            throw new IllegalArgumentException(
                "%s: no stem is known for patch_size %d; choose 16, 8, 4 or 2, or set stem_strides"
                    .formatted(name, newPatch));
      };
    }

    private static int product(List<Integer> strides) {
      return strides.stream().reduce(1, (a, b) -> a * b);
    }
  }

  private static final Pattern NOT_IN_TIMM = Pattern.compile("xcit_(medium|large)_12_");

  private record Size(String name, int dim, int depth, int heads, boolean tokensNorm) {
    /** Deeper models start closer to the identity. */
    double eta() {
      return depth > 18 ? 1e-5 : 1.0;
    }
  }

  private record Input(String suffix, int side, int patch, List<Integer> strides, int classes) {}

  private static final List<Size> SIZES =
      List.of(
          new Size("nano_12", 128, 12, 4, false),
          new Size("tiny_12", 192, 12, 4, true),
          new Size("tiny_24", 192, 24, 4, true),
          new Size("small_12", 384, 12, 8, true),
          new Size("small_24", 384, 24, 8, true),
          new Size("medium_12", 512, 12, 8, true),
          new Size("medium_24", 512, 24, 8, true),
          new Size("large_12", 768, 12, 16, true),
          new Size("large_24", 768, 24, 16, true));

  private static final List<Input> INPUTS =
      List.of(
          new Input("p16_224", 224, 16, List.of(2, 2, 2, 2), 1000),
          new Input("p16_384", 384, 16, List.of(2, 2, 2, 2), 1000),
          new Input("p8_224", 224, 8, List.of(2, 2, 2), 1000),
          new Input("p8_384", 384, 8, List.of(2, 2, 2), 1000),
          new Input("p8_32", 32, 8, List.of(1, 2, 2, 2), 10),
          new Input("p4_32", 32, 4, List.of(1, 1, 2, 2), 10),
          new Input("p2_32", 32, 2, List.of(1, 1, 1, 1), 10));

  /** The named members of the family. */
  static List<FamilyMember> members() {
    List<FamilyMember> members = new ArrayList<>();
    for (Size size : SIZES) {
      for (Input input : INPUTS) {
        Config config =
            new Config(
                "xcit_%s_%s".formatted(size.name(), input.suffix()),
                ImageSize.square(input.side()),
                input.classes(),
                input.patch(),
                input.strides(),
                size.dim(),
                size.depth(),
                size.heads(),
                4.0,
                0.0,
                2,
                size.eta(),
                size.tokensNorm());
        members.add(FamilyMember.imageNet(config, 1.0));
      }
    }
    return members;
  }
}
