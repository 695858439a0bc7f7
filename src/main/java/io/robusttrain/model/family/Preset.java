package io.robusttrain.model.family;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.Preprocessing;
import java.util.List;

/**
 * What timm's default configuration says of a model's input, but for its size.
 *
 * @param mean {@code mean}, per channel in [0,1] units
 * @param std {@code std}
 * @param cropFraction {@code crop_pct}
 * @param interpolation {@code interpolation}
 */
@Immutable
@SuppressWarnings("Immutable") // List.copyOf in the constructor
record Preset(List<Double> mean, List<Double> std, double cropFraction, String interpolation) {
  private static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

  Preset {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  /** ImageNet's statistics, bicubic. */
  static Preset imageNet(double cropFraction) {
    return new Preset(IMAGENET_MEAN, IMAGENET_STD, cropFraction, "bicubic");
  }

  /** For an input of that size. */
  Preprocessing at(int height, int width) {
    return new Preprocessing(height, width, mean, std, cropFraction, interpolation);
  }
}
