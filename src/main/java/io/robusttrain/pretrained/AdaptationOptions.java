package io.robusttrain.pretrained;

/**
 * What may be changed when weights are fitted to an architecture.
 *
 * @param strictness what happens to tensors that do not fit
 * @param head what happens to the classifier's tensors
 * @param stem what happens to the first convolution
 * @param normalization whether the file's normalisation must be the configured one
 * @param names how the user says these, for messages
 */
public record AdaptationOptions(
    Strictness strictness,
    Layer head,
    Layer stem,
    Normalization normalization,
    SettingNames names) {
  /** What happens to tensors that are missing, unexpected or of another shape. */
  public enum Strictness {
    STRICT,
    /** The file's are left out, the model's keep their initial values; the report lists them. */
    LENIENT
  }

  /** What happens to a layer. */
  public enum Layer {
    KEEP,
    /** It keeps its initial values, whatever the file has. */
    REPLACE
  }

  /** What a recorded normalisation that differs from the configured one is. */
  public enum Normalization {
    CHECKED,
    OVERRIDDEN
  }

  /** Options that a run's configuration has. */
  public AdaptationOptions(
      Strictness strictness, Layer head, Layer stem, Normalization normalization) {
    this(strictness, head, stem, normalization, SettingNames.CONFIGURATION);
  }

  /** The options under which everything must fit. */
  public static AdaptationOptions strict() {
    return new AdaptationOptions(Strictness.STRICT, Layer.KEEP, Layer.KEEP, Normalization.CHECKED);
  }
}
