package io.robusttrain.checkpoint.card;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.util.Locale;

/** Which weights of an epoch a file or a score is of. */
public enum WeightsKind {
  /** The weights that the optimiser moves. */
  RAW,
  /** Their exponential moving average. */
  EMA,
  /** Their stochastic weight average: the plain mean over a range of epochs. */
  SWA;

  /** The word for these weights in files: {@code raw}, {@code ema} or {@code swa}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Inverse of {@link #word}.
   *
   * @throws CheckpointException if there are no such weights
   */
  public static WeightsKind named(String word) {
    for (WeightsKind kind : values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new CheckpointException(
        "weights are raw, ema or swa, not '%s'. Read the file with the version that wrote it."
            .formatted(word));
  }

  /** The name of the file that holds these weights in a checkpoint. */
  public String fileName() {
    return this == RAW ? "model.safetensors" : "model-" + word() + ".safetensors";
  }
}
