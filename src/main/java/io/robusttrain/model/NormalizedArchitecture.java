package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;

/**
 * A model whose first layer is {@code (pixels - mean) / std}. Attacks and evaluation thus stay in
 * [0,1] and gradients are those of the pixels. Names, arguments and weights are the inner model's;
 * the constants travel in its {@link Preprocessing}.
 */
public final class NormalizedArchitecture extends ForwardingArchitecture {
  private static final long serialVersionUID = 1L;

  private final Preprocessing preprocessing;

  private NormalizedArchitecture(Architecture inner, Preprocessing preprocessing) {
    super(inner);
    this.preprocessing = preprocessing;
  }

  /** The architecture with that normalisation before its first layer; itself if there is none. */
  public static Architecture of(Architecture inner, Preprocessing preprocessing) {
    return preprocessing.identity() ? inner : new NormalizedArchitecture(inner, preprocessing);
  }

  @Override
  protected Classifier around(Classifier classifier, FlatParameters parameters) {
    return new NormalizedClassifier(classifier, preprocessing, parameters.device());
  }
}
