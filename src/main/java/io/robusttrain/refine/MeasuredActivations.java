package io.robusttrain.refine;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ForwardingArchitecture;
import io.robusttrain.model.LayerListener;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.tensor.FlatParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A model whose answer is what its activation functions get: of each channel of each of them the
 * count, the mean and the sum of squared deviations over the batch, float64 (3, M). The channels of
 * one follow those of another by the names of the layers.
 */
final class MeasuredActivations extends ForwardingArchitecture {
  private static final long serialVersionUID = 1L;

  private final Architecture network;

  /**
   * Measures a network.
   *
   * @param network with sparsified activations, and statistics that are all zero
   */
  MeasuredActivations(Architecture network) {
    super(network);
    this.network = network;
  }

  @Override
  public Classifier bind(FlatParameters parameters) {
    Seen seen = new Seen();
    return new Measuring(network.bind(parameters, seen), seen);
  }

  @Override
  protected Classifier around(Classifier classifier, FlatParameters parameters) {
    throw new UnsupportedOperationException("a measured model listens to its layers itself");
  }

  /** The moments of one pass; owns them until they are taken. */
  private static final class Seen implements LayerListener {
    private final Map<String, Tensor> moments = new TreeMap<>();

    @Override
    public void ran(String layer, String kind, Tensor input, Tensor output) {
      boolean last = kind.equals(MeanSparse.LAST);
      if (!last && !kind.equals(MeanSparse.SECOND)) {
        return;
      }
      try (PointerScope scope = new PointerScope()) {
        Tensor aligned = last ? input : input.movedim(1, -1);
        Tensor values = aligned.to(torch.ScalarType.Double).flatten(0, -2);
        Tensor mean = values.mean(0);
        Tensor squares = values.sub(mean).square().sum(0);
        Tensor count = torch.full_like(mean, new Scalar((double) values.size(0)));
        moments.put(layer, torch.stack(new TensorVector(count, mean, squares)).retainReference());
      }
    }

    Tensor take() {
      List<Tensor> all = new ArrayList<>(moments.values());
      moments.clear();
      try {
        return torch.cat(new TensorVector(all.toArray(Tensor[]::new)), 1);
      } finally {
        all.forEach(Tensor::close);
      }
    }
  }

  private record Measuring(Classifier inner, Seen seen) implements Classifier {
    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      inner.forward(pixels, pass);
      return seen.take();
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
