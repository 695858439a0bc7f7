package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model that wraps another one: names, sizes and tensors are the other's, and {@link #around}
 * says what a bound copy does differently. It is as immutable and thread-safe as the other.
 */
public abstract class ForwardingArchitecture implements Architecture {
  private static final long serialVersionUID = 1L;

  private final Architecture inner;

  /** Wraps another model. */
  protected ForwardingArchitecture(Architecture inner) {
    this.inner = inner;
  }

  /**
   * What a bound copy of the other model becomes.
   *
   * @param classifier the other model over {@code parameters}; the result owns it
   */
  protected abstract Classifier around(Classifier classifier, FlatParameters parameters);

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public Map<String, Object> arguments() {
    return inner.arguments();
  }

  @Override
  public int numClasses() {
    return inner.numClasses();
  }

  @Override
  public ImageSize image() {
    return inner.image();
  }

  @Override
  public Optional<TimmModel> timm() {
    return inner.timm();
  }

  @Override
  public ParameterLayout layout() {
    return inner.layout();
  }

  @Override
  public Map<String, String> aliases() {
    return inner.aliases();
  }

  @Override
  public List<String> batchNorms() {
    return inner.batchNorms();
  }

  @Override
  public Preprocessing defaultPreprocessing() {
    return inner.defaultPreprocessing();
  }

  @Override
  public List<LayerSummary> layers() {
    return inner.layers();
  }

  @Override
  public Set<TokenDropping.Mode> tokenDropping() {
    return inner.tokenDropping();
  }

  @Override
  public Optional<TokenDropping.Grid> tokenGrid() {
    return inner.tokenGrid();
  }

  @Override
  public long macsPerImage(TokenDropping dropping) {
    return inner.macsPerImage(dropping);
  }

  @Override
  public Optional<PositionGrid> positionGrid() {
    return inner.positionGrid();
  }

  @Override
  public List<PositionTable> positionTables() {
    return inner.positionTables();
  }

  @Override
  public Map<String, Integer> layerIds() {
    return inner.layerIds();
  }

  @Override
  public Classifier bind(FlatParameters parameters) {
    return around(inner.bind(parameters), parameters);
  }

  @Override
  public final Classifier bind(FlatParameters parameters, LayerListener listener) {
    return around(inner.bind(parameters, listener), parameters);
  }

  @Override
  public void initialize(FlatParameters parameters, SeedKey key) {
    inner.initialize(parameters, key);
  }
}
