package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Passes on to a classifier and remembers what was asked and answered. */
public final class RecordingCnn implements Classifier {
  public final List<float[]> points = new ArrayList<>();
  public final List<float[]> logits = new ArrayList<>();
  public final List<Integer> sizes = new ArrayList<>();
  private final Classifier model;

  public RecordingCnn(Classifier model) {
    this.model = model;
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    Tensor answer = model.forward(pixels, pass);
    points.add(Tensors.toArray(pixels));
    logits.add(Tensors.toArray(answer));
    sizes.add(Math.toIntExact(pixels.size(0)));
    return answer;
  }

  /** Forgets. */
  public void clear() {
    points.clear();
    logits.clear();
    sizes.clear();
  }
}
