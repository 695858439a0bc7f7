package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.NativeRuntime;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A classifier that notes at each forward how many native objects are alive, and recording. */
public final class HandleProbe implements Classifier {
  private final Classifier inner;
  private final List<Long> handles = new ArrayList<>();
  private int recorded;

  public HandleProbe(Classifier inner) {
    this.inner = inner;
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    handles.add(NativeRuntime.liveHandles());
    Tensor logits = inner.forward(pixels, pass);
    recorded += logits.requires_grad() ? 1 : 0;
    return logits;
  }

  /** The live handles at each forward so far. */
  public List<Long> handles() {
    return handles;
  }

  /** How many forwards left a graph for a gradient. */
  public int recorded() {
    return recorded;
  }
}
