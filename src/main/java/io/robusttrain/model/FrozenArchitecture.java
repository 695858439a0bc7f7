package io.robusttrain.model;

import io.robusttrain.tensor.FlatParameters;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model some of whose tensors training leaves alone: backward passes compute no gradient for
 * them, and a batch norm whose running statistics are among them normalises by these in training,
 * too.
 */
public final class FrozenArchitecture extends ForwardingArchitecture {
  private static final long serialVersionUID = 1L;

  private final HashSet<String> frozen;

  /**
   * Freezes some tensors of a model.
   *
   * @param inner the model whose tensors these are
   * @param frozen names of tensors of its layout
   */
  public FrozenArchitecture(Architecture inner, Set<String> frozen) {
    super(inner);
    this.frozen = new HashSet<>(frozen);
  }

  @Override
  protected Classifier around(Classifier classifier, FlatParameters parameters) {
    parameters.freeze(frozen);
    Set<String> norms =
        batchNorms().stream()
            .filter(norm -> frozen.contains(norm + ".running_mean"))
            .collect(Collectors.toUnmodifiableSet());
    return norms.isEmpty() ? classifier : new FrozenNorms(classifier, norms);
  }
}
