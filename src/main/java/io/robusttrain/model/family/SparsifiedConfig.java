package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.PositionTable;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Scope;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A network whose activation functions get sparsified input ({@link MeanSparse}). timm has none, so
 * {@link #timm} is empty. Whatever makes a network of a file's arguments makes this one, or finds
 * tensors in the file that it has no place for.
 *
 * @param plain the network itself
 * @param alpha reach of the sparsification in standard deviations, at least 0
 */
@Immutable
@SuppressWarnings("Immutable") // a configuration is immutable
record SparsifiedConfig(NetworkConfig plain, double alpha) implements NetworkConfig {
  SparsifiedConfig {
    if (!(alpha >= 0 && Double.isFinite(alpha))) {
      throw new IllegalArgumentException(
          "%s: mean_sparse must be at least 0 standard deviations, not %s"
              .formatted(plain.name(), alpha));
    }
  }

  @Override
  public String name() {
    return plain.name();
  }

  @Override
  public Map<String, Object> arguments() {
    Map<String, Object> arguments = new LinkedHashMap<>(plain.arguments());
    arguments.put(ModelOptions.MEAN_SPARSE, alpha);
    return Collections.unmodifiableMap(arguments);
  }

  @Override
  public Set<String> optionalArguments() {
    return plain.optionalArguments();
  }

  @Override
  public Map<String, String> aliases() {
    return plain.aliases();
  }

  @Override
  public int numClasses() {
    return plain.numClasses();
  }

  @Override
  public ImageSize image() {
    return plain.image();
  }

  @Override
  public Optional<PositionGrid> positionGrid() {
    return plain.positionGrid();
  }

  @Override
  public List<PositionTable> positionTables() {
    return plain.positionTables();
  }

  @Override
  public Set<TokenDropping.Mode> tokenDropping() {
    return plain.tokenDropping();
  }

  @Override
  public Optional<TokenDropping.Grid> tokenGrid() {
    return plain.tokenGrid();
  }

  @Override
  public NetworkConfig with(ModelOptions options) {
    return new SparsifiedConfig(plain.with(options), alpha);
  }

  @Override
  public LayerGroups layerGroups() {
    return plain.layerGroups();
  }

  @Override
  public Network network(Scope scope) {
    return plain.network(scope.sparsified(alpha));
  }
}
