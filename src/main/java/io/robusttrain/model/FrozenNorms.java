package io.robusttrain.model;

import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * A classifier some of whose batch norms keep to their running statistics in training.
 *
 * @param inner owned
 * @param norms prefixes of the batch norms' tensors
 */
record FrozenNorms(Classifier inner, Set<String> norms) implements Classifier {
  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    return inner.forward(
        pixels, pass instanceof ForwardPass.Train train ? train.freezing(norms) : pass);
  }

  @Override
  public void close() {
    inner.close();
  }
}
