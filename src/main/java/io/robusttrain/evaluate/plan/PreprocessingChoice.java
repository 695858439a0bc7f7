package io.robusttrain.evaluate.plan;

import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.model.Preprocessing;
import java.util.Locale;

/** How images become the model's input. */
public enum PreprocessingChoice {
  CHECKPOINT,
  /**
   * RobustBench's default for ImageNet: the shorter side to 256, bilinear, the centre 224; for
   * other inputs the same proportion.
   */
  RES256CROP224,
  /** The same, bicubic, as RobustBench has it for some models. */
  BICUBICRES256CROP224;

  private static final double CROP = 224.0 / 256;

  public EvalTransform transform(Preprocessing stored) {
    return switch (this) {
      case CHECKPOINT ->
          new EvalTransform(
              stored.height(),
              stored.cropFraction(),
              Interpolation.valueOf(stored.interpolation().toUpperCase(Locale.ROOT)));
      case RES256CROP224 -> new EvalTransform(stored.height(), CROP, Interpolation.BILINEAR);
      case BICUBICRES256CROP224 -> new EvalTransform(stored.height(), CROP, Interpolation.BICUBIC);
    };
  }

  /** The transform in words, as results have it. */
  String words(EvalTransform transform) {
    String source =
        switch (this) {
          case CHECKPOINT -> "the checkpoint's own";
          case RES256CROP224 -> "RobustBench's Res256Crop224";
          case BICUBICRES256CROP224 -> "RobustBench's BicubicRes256Crop224";
        };
    return "%s: shorter side to %d (%s), centre %d"
        .formatted(
            source,
            (int) Math.floor(transform.size() / transform.cropFraction()),
            transform.interpolation().name().toLowerCase(Locale.ROOT),
            transform.size());
  }
}
