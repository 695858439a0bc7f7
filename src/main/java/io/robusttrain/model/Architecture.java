package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a model is, without its weights: built from a timm name and overrides, before any native
 * memory is touched. Immutable, serialisable, thread-safe.
 */
public interface Architecture extends Serializable {
  /** The timm name, such as {@code xcit_small_12_p16_224}. */
  String name();

  /** The resolved arguments under timm's names, as a checkpoint records them. */
  Map<String, Object> arguments();

  /** The number of classes K. */
  int numClasses();

  /** The height H and the width W of the input in pixels. */
  ImageSize image();

  /**
   * The side of the square input in pixels.
   *
   * @throws IllegalStateException if the input is not square
   */
  default int imageSize() {
    if (imageHeight() != imageWidth()) {
      throw new IllegalStateException(
          "the input of %s is %dx%d pixels, not square"
              .formatted(name(), imageHeight(), imageWidth()));
    }
    return imageHeight();
  }

  /** The height H of the input in pixels. */
  default int imageHeight() {
    return image().height();
  }

  /** The width W of the input in pixels. */
  default int imageWidth() {
    return image().width();
  }

  /** How timm builds this network; empty if it has none whose weights have the same names. */
  Optional<TimmModel> timm();

  /** Names, shapes and places of all tensors. */
  ParameterLayout layout();

  /**
   * Names that other versions of the model gave to the tensors of {@link #layout()}, each with the
   * name in the layout that it stands for. None of them is itself a name in the layout, so a state
   * dict that has one of them is of such a version. Empty if there are no other names.
   */
  default Map<String, String> aliases() {
    return Map.of();
  }

  /**
   * The batch norm layers, by the prefix of their tensors, in state-dict order. Each also has an
   * int64 scalar {@code <prefix>.num_batches_tracked} in a state dict, after its running variance.
   */
  List<String> batchNorms();

  /** timm's default preprocessing of the named model, at the size of this model's input. */
  Preprocessing defaultPreprocessing();

  /**
   * The layers in the order in which they run, then the parameters that belong to none; found by
   * running the model on an empty batch, which loads the native libraries and computes nothing.
   */
  List<LayerSummary> layers();

  /** Multiply-adds of convolutions and matrix products for one image of the input's size. */
  default long macsPerImage() {
    return layers().stream().mapToLong(LayerSummary::macs).sum();
  }

  /** The ways in which training may leave patch tokens out; empty if the layers need them all. */
  default Set<TokenDropping.Mode> tokenDropping() {
    return Set.of();
  }

  /**
   * The patch tokens of an image of the input's size, where training may leave some of them out.
   */
  default Optional<TokenDropping.Grid> tokenGrid() {
    return Optional.empty();
  }

  /**
   * As {@link #macsPerImage()}, of a forward that leaves patch tokens out.
   *
   * @throws IllegalArgumentException if this model needs them
   */
  default long macsPerImage(TokenDropping dropping) {
    dropping.requireOf(name(), tokenDropping());
    return macsPerImage();
  }

  /** The learned position embedding over a grid of patches, if the model has one. */
  default Optional<PositionGrid> positionGrid() {
    return Optional.empty();
  }

  /** The learned tables of relative positions inside windows; empty if the model has none. */
  default List<PositionTable> positionTables() {
    return List.of();
  }

  /**
   * The layer of each tensor by its name, from 0 at the input to the head's, as timm groups them
   * for layer-wise learning rates.
   */
  Map<String, Integer> layerIds();

  /** Fills the values with timm's initial distribution, drawn from {@code key}. */
  void initialize(FlatParameters parameters, SeedKey key);

  /**
   * The model over a replica's parameters.
   *
   * @param parameters laid out as {@link #layout()}; borrowed, must outlive the classifier
   * @throws IllegalArgumentException if they are laid out otherwise
   */
  Classifier bind(FlatParameters parameters);

  /**
   * As {@link #bind(FlatParameters)}; tells of each layer that runs. A model whose layers have no
   * names of their own tells of none.
   */
  default Classifier bind(FlatParameters parameters, LayerListener listener) {
    return bind(parameters);
  }
}
