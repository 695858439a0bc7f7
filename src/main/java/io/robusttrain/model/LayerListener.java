package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;

/** Is told of each layer of a model that runs, in the order in which they run. */
@FunctionalInterface
public interface LayerListener {
  /**
   * A layer has run; called on the thread that runs the model.
   *
   * @param layer the name of its module in the state dict
   * @param kind such as {@code linear}
   * @param input (B, ...), borrowed: later layers may change it in place
   * @param output (B, ...), borrowed likewise
   */
  void ran(String layer, String kind, Tensor input, Tensor output);
}
