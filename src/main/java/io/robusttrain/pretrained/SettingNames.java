package io.robusttrain.pretrained;

import java.util.Optional;

/**
 * The words in which a command's user says what {@link AdaptationOptions} and models have: messages
 * name these and nothing else, so that a remedy is one that the command has.
 *
 * @param place where they are said: {@code the configuration}
 * @param lenient what leaves out what does not fit; empty if everything must fit
 * @param newHead what replaces the classifier; empty if the command has nothing for it
 * @param newStem what replaces the first convolution; empty if the command has nothing for it
 * @param normalization what sets the normalisation
 * @param otherNormalization what lets it differ from a recorded one; empty if it must not
 * @param argument what sets a model's argument; {@code %s} is its name
 * @param stemStrides what sets the strides of an XCiT's stem; {@code %s} is a list
 */
public record SettingNames(
    String place,
    Optional<String> lenient,
    Optional<String> newHead,
    Optional<String> newStem,
    String normalization,
    Optional<String> otherNormalization,
    String argument,
    String stemStrides) {
  /** The keys of a run's configuration. */
  public static final SettingNames CONFIGURATION =
      new SettingNames(
          "the configuration",
          Optional.of("model.initial.strict = false"),
          Optional.of("model.initial.head = replace"),
          Optional.of("model.initial.stem = replace"),
          "model.normalize",
          Optional.of("model.initial.check-normalization = false"),
          "model.args.%s",
          "model.stem-strides = %s");

  /** These where everything must fit, as the user can only name another file. */
  public SettingNames withoutExceptions() {
    return new SettingNames(
        place,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        normalization,
        Optional.empty(),
        argument,
        stemStrides);
  }
}
