package io.robusttrain.model.family;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.PositionTable;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Scope;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The checked sizes of one member of a family, and the network they make. Immutable. */
interface NetworkConfig extends Serializable {
  /** timm's name, or this project's where timm has none. */
  String name();

  /** All arguments under timm's names, as a checkpoint records them. */
  Map<String, Object> arguments();

  /** Arguments that may be given although {@link #arguments()} does not always list them. */
  default Set<String> optionalArguments() {
    return Set.of();
  }

  /** See {@link Architecture#aliases()}. */
  default Map<String, String> aliases() {
    return Map.of();
  }

  /** The number of classes K. */
  int numClasses();

  /** The height and width of the input in pixels. */
  ImageSize image();

  /** See {@link Architecture#positionGrid()}. */
  default Optional<PositionGrid> positionGrid() {
    return Optional.empty();
  }

  /** See {@link Architecture#positionTables()}. */
  default List<PositionTable> positionTables() {
    return List.of();
  }

  /** See {@link Architecture#tokenDropping()}. */
  default Set<TokenDropping.Mode> tokenDropping() {
    return Set.of();
  }

  /** See {@link Architecture#tokenGrid()}. */
  default Optional<TokenDropping.Grid> tokenGrid() {
    return Optional.empty();
  }

  /**
   * This model with overrides.
   *
   * @throws IllegalArgumentException if the sizes do not fit each other
   */
  NetworkConfig with(ModelOptions options);

  /** How timm builds this network; empty if it has none whose weights have the same names. */
  default Optional<TimmModel> timm() {
    return Optional.empty();
  }

  /** Which tensors are one layer in depth. */
  LayerGroups layerGroups();

  /** Builds the layers; their tensors come from the scope, in state-dict order. */
  Network network(Scope scope);
}
