package io.robusttrain.model;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sizes of one XCiT, checked.
 *
 * @param name timm's name
 * @param height of the input in pixels
 * @param width of the input in pixels
 * @param numClasses K
 * @param patchSize timm's patch size; 2 stands for one token a pixel, as in the paper's adaptation
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
record XcitConfig(
    String name,
    int height,
    int width,
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
    implements Serializable {
  XcitConfig {
    strides = List.copyOf(strides);
    positive(name, "num_classes", numClasses);
    positive(name, "img_size", Math.min(height, width));
    positive(name, "embed_dim", dim);
    positive(name, "depth", depth);
    positive(name, "num_heads", heads);
    positive(name, "cls_attn_layers", classDepth);
    if (strides.size() < 3
        || strides.size() > 4
        || strides.stream().anyMatch(s -> s != 1 && s != 2)) {
      throw new IllegalArgumentException(
          "%s: stem_strides must be three or four of 1 and 2, not %s".formatted(name, strides));
    }
    int stride = strides.stream().reduce(1, (a, b) -> a * b);
    if (stride != patchSize && !(patchSize == 2 && stride == 1)) {
      throw new IllegalArgumentException(
          "%s: stem_strides %s make patches of %d pixels, patch_size says %d; set one of them only"
              .formatted(name, strides, stride, patchSize));
    }
    if (height % stride != 0 || width % stride != 0) {
      throw new IllegalArgumentException(
          "%s: img_size %dx%d is not divisible by patch_size %d; the nearest that is: %dx%d"
              .formatted(
                  name, height, width, stride, nearest(height, stride), nearest(width, stride)));
    }
    if (dim % heads != 0) {
      throw new IllegalArgumentException(
          "%s: embed_dim %d is not divisible by num_heads %d; choose a divisor of %d"
              .formatted(name, dim, heads, dim));
    }
    int halvings = 1 << (strides.size() - 1);
    if (dim % halvings != 0) {
      throw new IllegalArgumentException(
          "%s: embed_dim %d is not divisible by %d, as the stem of %d convolutions needs; try %d"
              .formatted(name, dim, halvings, strides.size(), nearest(dim, halvings)));
    }
    if (!(mlpRatio > 0)) {
      throw new IllegalArgumentException(
          "%s: mlp_ratio must be positive, not %s".formatted(name, mlpRatio));
    }
    if (!(dropPath >= 0 && dropPath < 1)) {
      throw new IllegalArgumentException(
          "%s: drop_path_rate must be in [0, 1), not %s".formatted(name, dropPath));
    }
    if (!Double.isFinite(eta)) {
      throw new IllegalArgumentException("%s: eta must be finite, not %s".formatted(name, eta));
    }
  }

  /** This model with overrides. */
  XcitConfig with(ModelOptions options) {
    List<Integer> size = options.integers("img_size").orElse(List.of(height, width));
    if (size.isEmpty() || size.size() > 2) {
      throw new IllegalArgumentException(
          "%s: img_size must be a side or height and width, not %s".formatted(name, size));
    }
    List<Integer> newStrides =
        options
            .integers("stem_strides")
            .or(() -> options.integer("patch_size").map(this::stridesOf))
            .orElse(strides);
    int product = newStrides.stream().reduce(1, (a, b) -> a * b);
    int newPatch =
        options
            .integer("patch_size")
            .orElse(options.integers("stem_strides").isPresent() ? product : patchSize);
    return new XcitConfig(
        name,
        size.get(0),
        size.get(size.size() - 1),
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

  /** All arguments under timm's names; {@code stem_strides} only where timm has no such stem. */
  Map<String, Object> arguments() {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("img_size", height == width ? (Object) height : List.of(height, width));
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

  /** Tokens down the input and tokens across it. */
  int rows() {
    return height / stride();
  }

  int columns() {
    return width / stride();
  }

  private int stride() {
    return strides.stream().reduce(1, (a, b) -> a * b);
  }

  int hidden() {
    return (int) (dim * mlpRatio);
  }

  /**
   * The output channels of the stem's convolution {@code index}: the last has D, each half as many.
   */
  int stemChannels(int index) {
    return dim >> (strides.size() - 1 - index);
  }

  /** The stem of a patch size: timm's for 16 and 8, the paper's adaptations for small images. */
  static List<Integer> stridesOf(int patchSize, String name) {
    return switch (patchSize) {
      case 16 -> List.of(2, 2, 2, 2);
      case 8 -> List.of(2, 2, 2);
      case 4 -> List.of(1, 1, 2, 2);
      case 2 -> List.of(1, 1, 1, 1);
      default ->
          throw new IllegalArgumentException(
              "%s: no stem is known for patch_size %d; choose 16, 8, 4 or 2, or set stem_strides"
                  .formatted(name, patchSize));
    };
  }

  private List<Integer> stridesOf(int newPatch) {
    return newPatch == patchSize ? strides : stridesOf(newPatch, name);
  }

  private static void positive(String name, String argument, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s: %s must be at least 1, not %d".formatted(name, argument, value));
    }
  }

  private static int nearest(int value, int divisor) {
    return Math.max(divisor, (value + divisor / 2) / divisor * divisor);
  }
}
