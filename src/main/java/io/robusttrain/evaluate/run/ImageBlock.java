package io.robusttrain.evaluate.run;

import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.io.Serializable;
import org.bytedeco.pytorch.Tensor;

/**
 * Images that are worked on together. The clean stage has decoded them and knows what they are.
 *
 * @param rows the images' numbers among the chosen ones, ascending
 * @param ids their ids in the split
 * @param labels their classes
 * @param checksums of their pixels
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ImageBlock(int[] rows, long[] ids, int[] labels, long[] checksums)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The number of images B. */
  public int size() {
    return rows.length;
  }

  /** Reads what the clean stage has decoded: unsigned bytes (B, 3, S, S). */
  public byte[] read(EvaluationJob job) throws IOException {
    return job.imageFiles().read(rows, checksums);
  }

  /**
   * The images as pixels, float32 (B, 3, S, S) in [0,1], in the caller's {@code PointerScope}.
   *
   * @param bytes as {@link #read} gives them
   */
  public Tensor pixels(EvaluationJob job, byte[] bytes) {
    return Tensors.pixels(bytes, job.device(), rows.length, 3, job.side(), job.side());
  }

  /** The classes, int64 (B), in the caller's {@code PointerScope}. */
  public Tensor classes(EvaluationJob job) {
    return Tensors.labels(labels, job.device());
  }
}
