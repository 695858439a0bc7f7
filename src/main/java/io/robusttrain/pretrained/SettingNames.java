package io.robusttrain.pretrained;

import java.util.Optional;

/**
 * The words in which a command's user says what {@link AdaptationOptions} and models have: messages
 * name these and nothing else, so that a remedy is one that the command has.
 *
 * @param place where they are said: {@code the configuration}
 * @param lenient what leaves out what does not fit
 * @param newHead what replaces the classifier; empty if the command has nothing for it
 * @param newStem what replaces the first convolution; empty if the command has nothing for it
 * @param normalization what sets the normalisation
 * @param otherNormalization what lets it differ from a recorded one
 * @param argument what sets a model's argument; {@code %s} is its name
 * @param stemStrides what sets the strides of an XCiT's stem; {@code %s} is a list
 */
public record SettingNames(
    String place,
    String lenient,
    Optional<String> newHead,
    Optional<String> newStem,
    String normalization,
    String otherNormalization,
    String argument,
    String stemStrides) {
  /** The keys of a run's configuration. */
  public static final SettingNames CONFIGURATION =
      new SettingNames(
          "the configuration",
          "model.initial.strict = false",
          Optional.of("model.initial.head = replace"),
          Optional.of("model.initial.stem = replace"),
          "model.normalize",
          "model.initial.check-normalization = false",
          "model.args.%s",
          "model.stem-strides = %s");
}
