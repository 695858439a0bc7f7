package io.robusttrain.config;

import java.io.Serializable;

/**
 * Group {@code augment}: what happens to an image between decoding and the step.
 *
 * @param scale area of the random crop as a fraction of the image, in (0, 4]
 * @param ratio width over height of the random crop, drawn log-uniformly
 * @param hflip probability of a horizontal flip
 * @param colorJitter strength x of brightness, contrast and saturation jitter, factors in [1-x,
 *     1+x]; 0: off
 * @param interpolation resampling filter of training and validation
 * @param cropPadding pixels of zero padding for a plain random crop in place of scale and ratio;
 *     open: off
 * @param cropPct validation resizes the shorter side to img-size / crop-pct before the centre crop;
 *     open: the model's
 */
public record AugmentConfig(
    Range scale,
    Range ratio,
    double hflip,
    double colorJitter,
    Interpolation interpolation,
    Setting<Integer> cropPadding,
    Setting<Double> cropPct)
    implements Serializable {

  /** Resampling filters. */
  public enum Interpolation {
    /** Pillow's BICUBIC. */
    BICUBIC,
    /** Pillow's BILINEAR. */
    BILINEAR
  }

  static AugmentConfig from(Section section) {
    return new AugmentConfig(
        section.get("scale", Range.within(1e-4, 4)),
        section.get("ratio", Range.within(1e-2, 100)),
        section.get("hflip", Parsers.real(0, 1)),
        section.get("color-jitter", Parsers.real(0, 1)),
        section.get("interpolation", Parsers.choice(Interpolation.class)),
        section.setting("crop-padding", Parsers.count(0, 1024)),
        section.setting("crop-pct", Parsers.real(0.1, 1)));
  }
}
