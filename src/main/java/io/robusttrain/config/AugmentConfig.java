package io.robusttrain.config;

import io.robusttrain.config.value.AutoAugment;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Range;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import io.robusttrain.data.transform.Filling;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.RandomErasing;
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
 * @param vflip probability of a vertical flip
 * @param aa RandAugment or 3-Augment; open: off
 * @param aaInterpolation kernel of the policy's operations that move pixels; open: {@code
 *     interpolation}
 * @param rotation largest angle of a random rotation, in degrees; 0: off
 * @param reprob probability of random erasing
 * @param remode what random erasing writes
 * @param recount largest number of erased rectangles
 * @param reimpl whose noise random erasing draws
 * @param repeats times that an image comes in an epoch, each augmented anew; 1: off
 * @param warmupEpochs epochs in which policy, erasing and mixing grow to full strength
 */
public record AugmentConfig(
    Range scale,
    Range ratio,
    double hflip,
    double colorJitter,
    Interpolation interpolation,
    Setting<Integer> cropPadding,
    Setting<Double> cropPct,
    double vflip,
    Setting<AutoAugment> aa,
    Setting<Filling.Kernels> aaInterpolation,
    double rotation,
    double reprob,
    RandomErasing.Mode remode,
    int recount,
    ErasingVersion reimpl,
    int repeats,
    @Unit(Unit.Kind.EPOCHS) int warmupEpochs)
    implements Serializable {

  /** Whose noise random erasing draws. */
  public enum ErasingVersion {
    /** The paper's, for images in [0, 1]: normal around 1/2, truncated; black when constant. */
    PAPER,
    /** timm's, for normalised images: normal around the mean; the mean when constant. */
    TIMM
  }

  /** Whether colour jitter is applied: timm leaves it out beside RandAugment. */
  public boolean jitters() {
    return colorJitter > 0 && !(aa.orElse(null) instanceof AutoAugment.Rand);
  }

  static AugmentConfig from(Section section) {
    return new AugmentConfig(
        section.get("scale", Range.within(1e-4, 4)),
        section.get("ratio", Range.within(1e-2, 100)),
        section.get("hflip", Parsers.real(0, 1)),
        section.get("color-jitter", Parsers.real(0, 1)),
        section.get("interpolation", Parsers.choice(Interpolation.BICUBIC, Interpolation.BILINEAR)),
        section.setting("crop-padding", Parsers.count(0, 1024)),
        section.setting("crop-pct", Parsers.real(0.1, 1)),
        section.get("vflip", Parsers.real(0, 1)),
        section.setting("aa", AutoAugment.parser()),
        section.setting(
            "aa-interpolation",
            Parsers.choice(
                Filling.Kernels.BICUBIC, Filling.Kernels.BILINEAR, Filling.Kernels.RANDOM)),
        section.get("rotation", Parsers.real(0, 180)),
        section.get("reprob", Parsers.real(0, 1)),
        section.get("remode", Parsers.choice(RandomErasing.Mode.class)),
        section.get("recount", Parsers.count(1, 64)),
        section.get("reimpl", Parsers.choice(ErasingVersion.class)),
        section.get("repeats", Parsers.count(1, 64)),
        section.get("warmup-epochs", Parsers.epochs(0)));
  }
}
