package io.robusttrain.model;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;
import java.util.List;

/**
 * What a model's first layer subtracts from pixels in [0,1] and divides them by.
 *
 * @param mean per channel
 * @param std per channel
 */
@Immutable
@SuppressWarnings("Immutable") // List.copyOf in the constructor
public record PixelStatistics(List<Double> mean, List<Double> std) implements Serializable {
  /** The model sees the pixels as they are. */
  public static final PixelStatistics NONE =
      new PixelStatistics(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

  /** timm's {@code IMAGENET_DEFAULT_MEAN} and {@code IMAGENET_DEFAULT_STD}. */
  public static final PixelStatistics IMAGENET =
      new PixelStatistics(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

  /** timm's {@code IMAGENET_INCEPTION_MEAN} and {@code IMAGENET_INCEPTION_STD}: [-1, 1]. */
  public static final PixelStatistics INCEPTION =
      new PixelStatistics(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5));

  /** OpenAI's constants, timm's {@code OPENAI_CLIP_MEAN} and {@code OPENAI_CLIP_STD}. */
  public static final PixelStatistics CLIP =
      new PixelStatistics(
          List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

  public PixelStatistics {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3 || std.stream().anyMatch(s -> !(s > 0))) {
      throw new IllegalArgumentException(
          "normalisation needs three means and three positive deviations, not %s and %s"
              .formatted(mean, std));
    }
  }

  @Override
  public String toString() {
    return "mean %s, std %s".formatted(mean, std);
  }
}
