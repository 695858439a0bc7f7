package io.robusttrain.model.family;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.layer.BoundWeights;
import io.robusttrain.model.layer.Network;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Tensors;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** A network over one replica's parameters. */
final class NetworkClassifier implements Classifier {
  private final String name;
  private final Set<TokenDropping.Mode> tokenDropping;
  private final BoundWeights weights;
  private final Network network;

  NetworkClassifier(NetworkConfig config, FlatParameters parameters, Scope.LayerObserver observer) {
    name = config.name();
    tokenDropping = config.tokenDropping();
    weights = new BoundWeights(parameters, observer);
    network = config.network(Scope.root(weights));
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    if (pixels.dim() != 4 || pixels.size(1) != 3) {
      throw new IllegalArgumentException(
          "%s takes pixels of shape (B, 3, H, W), not %d dimensions with %d channels"
              .formatted(name, pixels.dim(), pixels.dim() > 1 ? pixels.size(1) : 0));
    }
    pass.dropped().ifPresent(draw -> draw.dropping().requireOf(name, tokenDropping));
    return Tensors.scoped(() -> network.forward(pixels, pass));
  }

  @Override
  public void close() {
    weights.close();
  }
}
