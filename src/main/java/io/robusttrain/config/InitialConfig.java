package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.AdaptationOptions.Layer;
import java.io.Serializable;

/**
 * Group {@code model.initial}: how {@code model.initial-checkpoint} is fitted to the model.
 *
 * @param strict whether tensors that are missing, unexpected or of another shape are an error
 * @param head the classifier
 * @param stem the first convolution
 * @param key where in a PyTorch file's dictionary the weights are; open: the usual places
 * @param checkNormalization whether a normalisation that the file records must be the model's
 */
public record InitialConfig(
    boolean strict, Layer head, Layer stem, Setting<String> key, boolean checkNormalization)
    implements Serializable {

  /** What may be changed when the file's weights are fitted to the model. */
  public AdaptationOptions options() {
    return new AdaptationOptions(
        strict ? AdaptationOptions.Strictness.STRICT : AdaptationOptions.Strictness.LENIENT,
        head,
        stem,
        checkNormalization
            ? AdaptationOptions.Normalization.CHECKED
            : AdaptationOptions.Normalization.OVERRIDDEN);
  }

  static InitialConfig from(Section section) {
    return new InitialConfig(
        section.get("strict", Parsers.flag()),
        section.get("head", Parsers.choice(Layer.class)),
        section.get("stem", Parsers.choice(Layer.class)),
        section.setting("key", Parsers.text()),
        section.get("check-normalization", Parsers.flag()));
  }
}
