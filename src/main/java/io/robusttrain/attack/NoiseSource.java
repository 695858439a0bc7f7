package io.robusttrain.attack;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Draws the noise with which an attack starts. */
@FunctionalInterface
public interface NoiseSource {
  /**
   * Draws of unit scale, one for each value of a batch.
   *
   * @param batch float32 (B, C, H, W); gives shape and device
   * @return float32 (B, C, H, W) in the caller's {@code PointerScope}; the same at every call with
   *     a batch of the same shape
   */
  Tensor unit(Tensor batch);

  /** One stream for the whole batch: the fast choice for training, keyed by micro-batch. */
  static NoiseSource perBatch(SeedKey key) {
    return batch -> Tensors.uniform(key, -1, 1, ComputeDevice.of(batch), batch.sizes().vec().get());
  }

  /** As {@link #perBatch}, but standard normal draws: what attacks in L2 begin with. */
  static NoiseSource normalPerBatch(SeedKey key) {
    return batch -> Tensors.normal(key, 0, 1, ComputeDevice.of(batch), batch.sizes().vec().get());
  }

  /**
   * One stream for each sample, so that a sample's start does not depend on its batch: the choice
   * for evaluation.
   *
   * @param key the key of the evaluation
   * @param sampleIds the sample's number in its split, one for each row of the batch
   */
  static NoiseSource perSample(SeedKey key, long... sampleIds) {
    return eachSample(
        sampleIds,
        (id, batch, shape) -> Tensors.uniform(key.with(id), -1, 1, ComputeDevice.of(batch), shape));
  }

  /**
   * As {@link #perSample}, but standard normal draws: what attacks in L2 and L1 begin with.
   *
   * @param key the key of the evaluation
   * @param sampleIds the sample's number in its split, one for each row of the batch
   */
  static NoiseSource normalPerSample(SeedKey key, long... sampleIds) {
    return eachSample(
        sampleIds,
        (id, batch, shape) -> Tensors.normal(key.with(id), 0, 1, ComputeDevice.of(batch), shape));
  }

  /**
   * What gradient descent in a norm begins with: {@link #perSample} in Linf, {@link
   * #normalPerSample} otherwise.
   *
   * @param key the key of the evaluation
   * @param sampleIds the sample's number in its split, one for each row of the batch
   */
  static NoiseSource startPerSample(ThreatModel.Norm norm, SeedKey key, long... sampleIds) {
    return norm == ThreatModel.Norm.LINF
        ? perSample(key, sampleIds)
        : normalPerSample(key, sampleIds);
  }

  private static NoiseSource eachSample(long[] sampleIds, SampleDraw draw) {
    long[] ids = Arrays.copyOf(sampleIds, sampleIds.length);
    return batch -> {
      long[] shape = batch.sizes().vec().get();
      if (shape[0] != ids.length) {
        throw new IllegalArgumentException(
            "noise needs one sample id for each image: %d ids, %d images"
                .formatted(ids.length, shape[0]));
      }
      long[] sampleShape = Arrays.copyOfRange(shape, 1, shape.length);
      return Tensors.scoped(
          () -> {
            TensorVector rows = new TensorVector();
            for (long id : ids) {
              rows.push_back(draw.draw(id, batch, sampleShape));
            }
            return torch.stack(rows);
          });
    };
  }

  /** The draws of one sample. */
  @FunctionalInterface
  interface SampleDraw {
    /** Draws of a shape, for one sample, on the device of a batch. */
    Tensor draw(long id, Tensor batch, long[] shape);
  }
}
