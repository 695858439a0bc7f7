package io.robusttrain.attack.fab;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.Victim;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The boundary of whichever other class is nearest by its linearisation: {@code |difference| / dual
 * norm of the gradient}. One forward pass and one backward pass for each class over the graph it
 * left; the gradients of the classes so far passed are reduced to the nearest one at once, so that
 * memory does not grow with the number of classes. Borrows its tensors.
 *
 * @param labels int64 (N)
 */
record NearestBoundary(Victim victim, Norm norm, Tensor labels) implements Boundary {
  private static final double TINY = 1e-12;

  @Override
  public Linearization at(Tensor pixels) {
    Tensor difference = new Tensor();
    Tensor gradient = new Tensor();
    try (PointerScope scope = new PointerScope();
        AutoGradMode recording = new AutoGradMode(true)) {
      Tensor leaf = pixels.detach();
      leaf.set_requires_grad(true);
      Tensor logits = victim.forward(leaf);
      Tensor differences = logits.sub(logits.gather(1, labels.unsqueeze(1)));
      difference.put(torch.zeros_like(logits.detach().select(1, 0)));
      gradient.put(torch.zeros_like(pixels).flatten(1, -1));
      Tensor nearest = difference.add(new Scalar(Double.POSITIVE_INFINITY));
      long classes = logits.size(1);
      for (long k = 0; k < classes; k++) {
        try (PointerScope pass = new PointerScope()) {
          Tensor column = differences.select(1, k);
          Tensor slope = gradient(column, leaf, k + 1 < classes);
          Tensor values = column.detach();
          Tensor distance = values.abs().div_(dualNorm(slope).add_(new Scalar(TINY)));
          Tensor nearer = distance.lt(nearest).logical_and_(labels.ne(new Scalar(k)));
          nearest.put(torch.where(nearer, distance, nearest));
          difference.put(torch.where(nearer, values, difference));
          gradient.put(torch.where(nearer.unsqueeze(1), slope, gradient));
        }
        victim.countBackward(pixels.size(0));
      }
    }
    return new Linearization(difference, gradient);
  }

  private static Tensor gradient(Tensor column, Tensor leaf, boolean keepGraph) {
    TensorVector outputs = new TensorVector(column.sum());
    TensorVector inputs = new TensorVector(leaf);
    return torch
        .grad(outputs, inputs, new TensorVector(), new BoolOptional(keepGraph), false, false)
        .get(0)
        .flatten(1, -1);
  }

  /** The norm that bounds how fast a linear function changes for each unit of this norm. */
  private Tensor dualNorm(Tensor slope) {
    return switch (norm) {
      case LINF -> slope.abs().sum(1);
      case L2 -> slope.square().sum(1).sqrt_();
      case L1 -> slope.abs().amax(new long[] {1}, false);
    };
  }
}
