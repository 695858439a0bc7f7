package io.robusttrain.model;

import com.google.errorprone.annotations.Immutable;
import java.util.List;

/**
 * One layer of a model, as it ran.
 *
 * @param name of its module in the state dict
 * @param kind such as {@code linear}, {@code conv2d}, {@code attention}; rows of the kind
 *     "parameter" stand for tensors that belong to no layer
 * @param inputShape of one image's part of the input, without B; empty for a parameter
 * @param outputShape of one image's part of the output, without B
 * @param parameters elements that take gradients
 * @param macs multiply-adds of convolutions and matrix products for one image, by the layer's
 *     definition
 */
@Immutable
@SuppressWarnings("Immutable") // List.copyOf in the constructor
public record LayerSummary(
    String name,
    String kind,
    List<Long> inputShape,
    List<Long> outputShape,
    long parameters,
    long macs) {
  public LayerSummary {
    inputShape = List.copyOf(inputShape);
    outputShape = List.copyOf(outputShape);
  }
}
