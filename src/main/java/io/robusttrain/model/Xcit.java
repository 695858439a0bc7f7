package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import java.util.List;
import java.util.Map;

/**
 * The cross-covariance image transformer (El-Nouby et al., 2021) as timm builds it: a convolutional
 * stem, blocks that attend over channels instead of tokens, and class attention.
 */
public final class Xcit implements Architecture {
  private static final long serialVersionUID = 1L;

  private final XcitConfig config;
  private final ParameterLayout layout;

  Xcit(XcitConfig config) {
    this.config = config;
    this.layout = XcitLayout.of(config);
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public Map<String, Object> arguments() {
    return config.arguments();
  }

  @Override
  public int numClasses() {
    return config.numClasses();
  }

  @Override
  public int imageSize() {
    if (config.height() != config.width()) {
      throw new IllegalStateException(
          "the input of %s is %dx%d pixels, not square"
              .formatted(config.name(), config.height(), config.width()));
    }
    return config.height();
  }

  @Override
  public int imageHeight() {
    return config.height();
  }

  @Override
  public int imageWidth() {
    return config.width();
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public List<String> batchNorms() {
    return XcitLayout.batchNorms(layout);
  }

  @Override
  public long macsPerImage() {
    return XcitMacs.of(config);
  }

  @Override
  public void initialize(FlatParameters parameters, SeedKey key) {
    XcitInitializer.fill(config, parameters, key);
  }

  @Override
  public Classifier bind(FlatParameters parameters) {
    if (!parameters.layout().specs().equals(layout.specs())) {
      throw new IllegalArgumentException(
          "the parameters are laid out for another architecture than " + config);
    }
    return new XcitClassifier(config, parameters);
  }

  @Override
  public String toString() {
    return config.toString();
  }
}
