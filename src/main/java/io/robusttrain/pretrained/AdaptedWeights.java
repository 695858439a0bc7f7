package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.CheckpointException;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.tensor.SeedKey;
import java.io.IOException;

/** Weights in an architecture's layout, and what was done to get them there. */
public final class AdaptedWeights {
  private final float[] values;
  private final AdaptationReport report;

  AdaptedWeights(float[] values, AdaptationReport report) {
    this.values = values;
    this.report = report;
  }

  /**
   * Fits a file's weights to an architecture. Prefixes of wrappers ({@code module.}, {@code
   * _orig_mod.}, {@code model.}) and former names of a family are replaced; position embeddings are
   * interpolated to the architecture's grid; other differences are an error unless the options
   * allow them.
   *
   * @param file stays open
   * @param architecture what the weights are for
   * @param preprocessing the configured one, whose normalisation the file's must be
   * @param options what may be changed
   * @param key of the initial values that layers without weights get
   * @throws CheckpointException if the file does not fit; the message lists everything that is
   *     missing, unexpected or of another shape, and names what would help
   */
  public static AdaptedWeights fit(
      WeightsFile file,
      Architecture architecture,
      Preprocessing preprocessing,
      AdaptationOptions options,
      SeedKey key)
      throws IOException {
    return new Adaptation(file, architecture, preprocessing, options, key).run();
  }

  /**
   * The flat vector (P), running statistics included, as {@link Architecture#layout()} has it. Not
   * a copy: it is the caller's to keep or change.
   */
  public float[] values() {
    return values;
  }

  /** What was renamed, converted, resized, initialised anew, skipped. */
  public AdaptationReport report() {
    return report;
  }
}
