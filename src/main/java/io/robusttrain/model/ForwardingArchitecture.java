package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model that is another one but for what a subclass overrides, {@link #bind} above all. As
 * immutable and thread-safe as the other.
 */
public abstract class ForwardingArchitecture implements Architecture {
  private static final long serialVersionUID = 1L;

  private final Architecture inner;

  /** Over the other model. */
  protected ForwardingArchitecture(Architecture inner) {
    this.inner = inner;
  }

  /** The other model. */
  protected final Architecture inner() {
    return inner;
  }

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
  public int imageSize() {
    return inner.imageSize();
  }

  @Override
  public int imageHeight() {
    return inner.imageHeight();
  }

  @Override
  public int imageWidth() {
    return inner.imageWidth();
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
  public Optional<PositionGrid> positionGrid() {
    return inner.positionGrid();
  }

  @Override
  public Map<String, Integer> layerIds() {
    return inner.layerIds();
  }

  /** Not the default of the interface: whoever overrides one way to bind must override both. */
  @Override
  public abstract Classifier bind(FlatParameters parameters, LayerListener listener);

  @Override
  public void initialize(FlatParameters parameters, SeedKey key) {
    inner.initialize(parameters, key);
  }
}
