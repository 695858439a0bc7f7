package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;

/** What a block of a transformer does to each token by itself. */
public interface TokenMlp {
  /** From (B, ..., D) to (B, ..., D). */
  Tensor forward(Tensor input);

  /** As {@link #forward(Tensor)}, the result times a scale (D) of its features. */
  Tensor forward(Tensor input, Tensor scale);

  /** From (B, 1, D) to (B, 1, D), as {@link Linear#forwardOne}. */
  Tensor forwardOne(Tensor input, long rows);
}
