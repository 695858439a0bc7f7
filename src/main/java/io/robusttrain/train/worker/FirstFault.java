package io.robusttrain.train.worker;

import io.robusttrain.model.LayerListener;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Finds where the first value came from that is not finite, while a micro-batch is computed again:
 * a weight, a layer's output, the loss, or a parameter's gradient. Used by one thread, once.
 */
final class FirstFault implements LayerListener {
  private Optional<String> layer = Optional.empty();

  @Override
  public void ran(String name, String kind, Tensor input, Tensor output) {
    if (layer.isEmpty() && !finite(output)) {
      String origin = "the output of %s (%s)".formatted(name, kind);
      layer =
          Optional.of(
              finite(input)
                  ? origin
                  : origin + ", whose input is not finite either: the attack made it so");
    }
  }

  /**
   * What was found.
   *
   * @param loss of the micro-batch
   * @param parameters with the gradients of this micro-batch alone
   * @return empty if everything was finite
   */
  Optional<String> origin(double loss, FlatParameters parameters) {
    Optional<String> weight = wrongWeight(parameters);
    if (weight.isPresent()) {
      return weight.map("the weights of %s, which are not finite"::formatted);
    }
    if (layer.isPresent()) {
      return layer;
    }
    if (!Double.isFinite(loss)) {
      return Optional.of("the loss, after layers whose outputs are all finite");
    }
    return wrongGradient(parameters)
        .map("the gradient of %s, the first on the way back"::formatted);
  }

  private static Optional<String> wrongWeight(FlatParameters parameters) {
    return parameters.layout().specs().stream()
        .map(ParameterSpec::name)
        .filter(name -> !finite(parameters.value(name)))
        .findFirst();
  }

  /** Gradients come about from the last parameter to the first. */
  private static Optional<String> wrongGradient(FlatParameters parameters) {
    return parameters.layout().specs().stream()
        .filter(spec -> spec.segment() != Segment.STATISTICS)
        .map(ParameterSpec::name)
        .filter(name -> !within(parameters.gradient(name), FiniteGradient.LARGEST))
        .reduce((earlier, later) -> later);
  }

  private static boolean finite(Tensor tensor) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      return tensor.isfinite().all().item_bool();
    }
  }

  private static boolean within(Tensor tensor, float largest) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      return tensor.abs().le(new Scalar(largest)).all().item_bool();
    }
  }
}
