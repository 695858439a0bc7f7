package io.robusttrain.model;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Hands {@code (pixels - mean) / std} to another classifier, which it owns. */
final class NormalizedClassifier implements Classifier {
  private final Classifier inner;
  private final Tensor mean;
  private final Tensor std;

  NormalizedClassifier(Classifier inner, Preprocessing preprocessing, ComputeDevice device) {
    this.inner = inner;
    try (PointerScope scope = new PointerScope()) {
      mean = constant(preprocessing.mean(), device).retainReference();
      std = constant(preprocessing.std(), device).retainReference();
    }
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    return Tensors.scoped(() -> inner.forward(pixels.sub(mean).div(std), pass));
  }

  @Override
  public void close() {
    inner.close();
    mean.close();
    std.close();
  }

  private static Tensor constant(List<Double> values, ComputeDevice device) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return Tensors.of(floats, device, 1, floats.length, 1, 1);
  }
}
