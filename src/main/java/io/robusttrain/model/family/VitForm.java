package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.layer.ConvStem;
import io.robusttrain.model.layer.LayerNorm;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a vision transformer is made of, whatever its sizes: the parts of a name that no argument
 * changes.
 *
 * @param stem what makes tokens of the image
 * @param features what follows attention in a block
 * @param norm of which kind all norms are
 * @param traits in what else it differs from the first vision transformer
 */
@Immutable
@SuppressWarnings("Immutable") // an unmodifiable copy in the constructor
record VitForm(Stem stem, Features features, Norm norm, Set<Trait> traits) implements Serializable {
  /** The vision transformer of Dosovitskiy et al., 2021. */
  static final VitForm PLAIN = new VitForm(Stem.PATCHES, Features.GELU, Norm.LAYER, Set.of());

  VitForm {
    EnumSet<Trait> copy = EnumSet.noneOf(Trait.class);
    copy.addAll(traits);
    traits = Collections.unmodifiableSet(copy);
  }

  /** What makes tokens of the image. */
  enum Stem {
    /** One convolution of patches, as in the original. */
    PATCHES(1),
    /** Four convolutions of stride 2 whose channels double up to D, and one of 1x1. */
    UP_TO_ALL(8),
    /** The same, up to half of D. */
    UP_TO_HALF(16);

    private static final int CONVOLUTIONS = 4;

    /** D over the channels of the first convolution. */
    private final int divisor;

    Stem(int divisor) {
      this.divisor = divisor;
    }

    /** What D must be a multiple of. */
    int divisor() {
      return divisor;
    }

    List<ConvStem.Step> steps(int dim) {
      return IntStream.range(0, CONVOLUTIONS)
          .mapToObj(i -> new ConvStem.Step((dim / divisor) << i, 2))
          .toList();
    }
  }

  /** What a block does to each token by itself. */
  enum Features {
    /** Two linear layers with GELU between. */
    GELU,
    /** Gated by SiLU, both layers in one tensor, half of the hidden features each. */
    PACKED_SWIGLU,
    /** Gated by SiLU, a tensor for each layer. */
    SWIGLU
  }

  /** The kind of all norms. */
  enum Norm {
    /** Layer norm. */
    LAYER,
    /** By the root of the mean square. */
    RMS,
    /** The same with PyTorch's usual epsilon. */
    RMS_OF_PYTORCH;

    LayerNorm.Kind kind() {
      return switch (this) {
        case LAYER -> LayerNorm::new;
        case RMS -> (scope, dim) -> LayerNorm.rms(scope, dim, 1e-6);
        case RMS_OF_PYTORCH -> (scope, dim) -> LayerNorm.rms(scope, dim, LayerNorm.PYTORCH_EPSILON);
      };
    }
  }

  /** A difference from the first vision transformer. */
  enum Trait {
    /** The head reads the mean of all tokens, and there is no class token. */
    NO_CLASS_TOKEN,
    /** Only patches have positions: timm's {@code no_embed_class}. */
    PATCH_POSITIONS_ONLY,
    /** The last norm comes before the mean of the tokens: timm's {@code fc_norm} is false. */
    NORM_BEFORE_MEAN,
    /** Queries, keys and values have no bias. */
    UNBIASED_QKV,
    /** No linear layer of a block has one. */
    UNBIASED_BLOCKS,
    /** Patches are normed before they get their positions. */
    NORMED_PATCHES,
    /** Tokens are normed before the first block, and patches have no bias. */
    NORMED_TOKENS,
    /** Attention and MLP stand side by side in a block, fed by one layer. */
    PARALLEL
  }

  boolean is(Trait trait) {
    return traits.contains(trait);
  }

  /** This form with other features in its blocks. */
  VitForm with(Features other) {
    return new VitForm(stem, other, norm, traits);
  }

  /** This form behind another stem. */
  VitForm with(Stem other) {
    return new VitForm(other, features, norm, traits);
  }

  /** This form with other norms. */
  VitForm with(Norm other) {
    return new VitForm(stem, features, other, traits);
  }

  /** This form and more differences. */
  VitForm with(Trait... more) {
    EnumSet<Trait> all = EnumSet.copyOf(Arrays.asList(more));
    all.addAll(traits);
    return new VitForm(stem, features, norm, all);
  }
}
