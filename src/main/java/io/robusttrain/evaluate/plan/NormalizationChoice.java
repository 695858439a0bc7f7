package io.robusttrain.evaluate.plan;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.PixelStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A normalisation that a user names, for weights that do not say theirs.
 *
 * @param named the constants; empty: those of timm's default configuration of the model
 * @param source where the user named it, in words
 */
public record NormalizationChoice(Optional<PixelStatistics> named, String source) {
  private static final int NUMBERS = 6;

  /**
   * Reads {@code none}, {@code default}, {@code imagenet}, {@code inception}, or three means and
   * three deviations separated by commas.
   *
   * @param option that the text was given to
   * @throws IllegalArgumentException if it is something else
   */
  public static NormalizationChoice parse(String option, String text) {
    String source = option + " " + text;
    return switch (text.strip()) {
      case "none" -> new NormalizationChoice(Optional.of(PixelStatistics.NONE), source);
      case "default" -> new NormalizationChoice(Optional.empty(), source);
      case "imagenet" -> new NormalizationChoice(Optional.of(PixelStatistics.IMAGENET), source);
      case "inception" -> new NormalizationChoice(Optional.of(PixelStatistics.INCEPTION), source);
      default -> new NormalizationChoice(Optional.of(numbers(text)), source);
    };
  }

  private static PixelStatistics numbers(String text) {
    try {
      List<Double> numbers =
          Arrays.stream(text.split(",", -1)).map(part -> Double.valueOf(part.strip())).toList();
      boolean unit = numbers.stream().allMatch(number -> number >= 0 && number <= 1);
      if (numbers.size() == NUMBERS && unit) {
        return new PixelStatistics(numbers.subList(0, 3), numbers.subList(3, NUMBERS));
      }
    } catch (IllegalArgumentException other) {
      throw wrong(text);
    }
    throw wrong(text);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "expected none, default, imagenet, inception, or three means and three deviations of pixels"
            + " in [0,1], such as 0.485,0.456,0.406,0.229,0.224,0.225; found "
            + text);
  }

  PixelStatistics of(Architecture network) {
    return named.orElseGet(() -> network.defaultPreprocessing().statistics());
  }
}
