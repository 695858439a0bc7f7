package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.family.VitForm.Features;
import io.robusttrain.model.family.VitForm.Stem;
import io.robusttrain.model.family.VitForm.Trait;
import io.robusttrain.model.layer.DropPath;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The sizes of one vision transformer, checked.
 *
 * @param name timm's name, or that of the paper's code where timm has none
 * @param form what it is made of
 * @param pool what the head reads
 * @param image of the input
 * @param numClasses K
 * @param patchSize side of a patch in pixels
 * @param dim D, channels of a token
 * @param depth blocks
 * @param heads of attention
 * @param mlpRatio hidden over token channels
 * @param registers learned tokens beside the class token
 * @param layerScale initial factor of what a block adds, channel by channel; 0 without one
 * @param qkNorm whether each head's queries and keys are normed
 * @param dropPath probability of dropping a residual branch of the last block; it grows linearly
 *     from 0 in the first
 */
@Immutable
record VitSizes(
    String name,
    VitForm form,
    Pool pool,
    ImageSize image,
    int numClasses,
    int patchSize,
    int dim,
    int depth,
    int heads,
    double mlpRatio,
    int registers,
    double layerScale,
    boolean qkNorm,
    double dropPath)
    implements Serializable {
  static final String POSITIONS = "pos_embed";

  private static final String INIT_VALUES = "init_values";
  private static final String QK_NORM = "qk_norm";
  private static final String REG_TOKENS = "reg_tokens";

  /** What the head reads. */
  enum Pool {
    /** The class token. */
    TOKEN,
    /** The mean of the patches' tokens. */
    AVG;

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

  VitSizes {
    Require.positive(name, "num_classes", numClasses);
    Require.positive(name, "depth", depth);
    Require.positive(name, "patch_size", patchSize);
    Require.patches(name, image.height(), image.width(), patchSize);
    Require.heads(name, dim, heads);
    Require.positive(name, "mlp_ratio", mlpRatio);
    Require.dropPathRate(name, dropPath);
    Stem stem = form.stem();
    if (dim % stem.divisor() != 0) {
      throw new IllegalArgumentException(
          "%s: the stem of convolutions needs an embed_dim that is a multiple of %d, not %d; the nearest that is: %d"
              .formatted(name, stem.divisor(), dim, Require.nearest(dim, stem.divisor())));
    }
    if (pool == Pool.TOKEN && form.is(Trait.NO_CLASS_TOKEN)) {
      throw new IllegalArgumentException(
          name + ": global_pool must be avg, as there is no class token");
    }
    if (form.features() == Features.PACKED_SWIGLU && (int) (dim * mlpRatio) % 2 != 0) {
      throw new IllegalArgumentException(
          "%s: embed_dim %d times mlp_ratio %s is %d, which gate and gated features cannot share; it must be even"
              .formatted(name, dim, mlpRatio, (int) (dim * mlpRatio)));
    }
  }

  /** These sizes with overrides. What a block may have beside its parts can be added, not left. */
  VitSizes with(ModelOptions options) {
    options.integer(REG_TOKENS).ifPresent(value -> Require.positive(name, REG_TOKENS, value));
    options.number(INIT_VALUES).ifPresent(value -> Require.positive(name, INIT_VALUES, value));
    return new VitSizes(
        name,
        form,
        options.text("global_pool").map(word -> Pool.named(name, word)).orElse(pool),
        image.with(options, name),
        options.integer("num_classes").orElse(numClasses),
        options.integer("patch_size").orElse(patchSize),
        options.integer("embed_dim").orElse(dim),
        options.integer("depth").orElse(depth),
        options.integer("num_heads").orElse(heads),
        options.number("mlp_ratio").orElse(mlpRatio),
        options.integer(REG_TOKENS).orElse(registers),
        options.number(INIT_VALUES).orElse(layerScale),
        options.flag(QK_NORM).orElse(qkNorm),
        options.number("drop_path_rate").orElse(dropPath));
  }

  /** All arguments under timm's names, as a checkpoint records them. */
  Map<String, Object> arguments() {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("img_size", image.argument());
    if (form.stem() == Stem.PATCHES) {
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
    if (registers > 0) {
      arguments.put(REG_TOKENS, registers);
    }
    if (layerScale > 0) {
      arguments.put(INIT_VALUES, layerScale);
    }
    if (qkNorm || form.is(Trait.PARALLEL)) {
      arguments.put(QK_NORM, qkNorm);
    }
    arguments.put("drop_path_rate", dropPath);
    return Collections.unmodifiableMap(arguments);
  }

  /**
   * Arguments that are listed only where they say something: files of before them have none. The
   * scales of a block are folded into layers that have a bias.
   */
  Set<String> optionalArguments() {
    boolean scalable = !form.is(Trait.PARALLEL) && !form.is(Trait.UNBIASED_BLOCKS);
    return scalable
        ? Set.of("global_pool", REG_TOKENS, QK_NORM, INIT_VALUES)
        : Set.of("global_pool", REG_TOKENS, QK_NORM);
  }

  /** The learned tokens before those of the patches. */
  int prefix() {
    return (form.is(Trait.NO_CLASS_TOKEN) ? 0 : 1) + registers;
  }

  /** Where there are positions. */
  PositionGrid grid() {
    return new PositionGrid(
        POSITIONS,
        image.height() / patchSize,
        image.width() / patchSize,
        form.is(Trait.PATCH_POSITIONS_ONLY) ? 0 : prefix());
  }

  /** Features of a block's MLP; where a gate takes half of a tensor, of that half. */
  int hidden() {
    int features = (int) (dim * mlpRatio);
    return form.features() == Features.PACKED_SWIGLU ? features / 2 : features;
  }

  double dropPath(int block) {
    return DropPath.rate(dropPath, block, depth);
  }

  /** Whether the last norm comes behind the mean of the tokens; timm names it otherwise there. */
  boolean normsTheMean() {
    return pool == Pool.AVG && !form.is(Trait.NORM_BEFORE_MEAN);
  }
}
