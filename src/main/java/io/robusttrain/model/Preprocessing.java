package io.robusttrain.model;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;
import java.util.List;

/**
 * How an image becomes a model's input; it travels with the weights.
 *
 * @param height of the input in pixels
 * @param width of the input in pixels
 * @param mean per channel, in [0,1] units, that the model's first layer subtracts
 * @param std per channel, in [0,1] units, that the model's first layer divides by
 * @param cropFraction side of the centre crop over side of the resized image, in (0, 1]
 * @param interpolation of the resize, in timm's words
 */
@Immutable
@SuppressWarnings("Immutable") // List.copyOf in the constructor
public record Preprocessing(
    int height,
    int width,
    List<Double> mean,
    List<Double> std,
    double cropFraction,
    String interpolation)
    implements Serializable {
  public Preprocessing {
    PixelStatistics checked = new PixelStatistics(mean, std);
    mean = checked.mean();
    std = checked.std();
    if (!(cropFraction > 0 && cropFraction <= 1)) {
      throw new IllegalArgumentException(
          "the crop fraction must be in (0, 1], not " + cropFraction);
    }
  }

  /**
   * This without normalisation. timm's default of a model ({@link
   * Architecture#defaultPreprocessing}) without it is the default of robust training.
   */
  public Preprocessing unnormalized() {
    return normalizedBy(PixelStatistics.NONE);
  }

  /** This at another size of the input. */
  public Preprocessing at(ImageSize size) {
    return new Preprocessing(size.height(), size.width(), mean, std, cropFraction, interpolation);
  }

  /** This with other constants of normalisation. */
  public Preprocessing normalizedBy(List<Double> newMean, List<Double> newStd) {
    return new Preprocessing(height, width, newMean, newStd, cropFraction, interpolation);
  }

  /** This with other constants of normalisation. */
  public Preprocessing normalizedBy(PixelStatistics statistics) {
    return normalizedBy(statistics.mean(), statistics.std());
  }

  /** What the model's first layer subtracts and divides by. */
  public PixelStatistics statistics() {
    return new PixelStatistics(mean, std);
  }

  /** Whether the model sees the pixels as they are. */
  public boolean identity() {
    return statistics().equals(PixelStatistics.NONE);
  }
}
