package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.Precision;
import java.io.Serializable;

/**
 * Group {@code amp}: mixed precision.
 *
 * @param dtype type of the forwards and backward passes of training; open: float32
 * @param attack type of the attack's
 * @param slower what happens if it is measured slower than float32
 * @param fp32Precision what a GPU makes of float32 while it trains
 */
public record AmpConfig(
    Setting<Precision> dtype, Precision attack, Slower slower, Fp32Precision fp32Precision)
    implements Serializable {

  /** What happens on a machine that mixed precision makes slower. */
  public enum Slower {
    /** A warning with the measured times. */
    WARN,
    /** The run ends before its first step. */
    FAIL
  }

  static AmpConfig from(Section section) {
    return new AmpConfig(
        section.setting("dtype", Parsers.choice(Precision.BF16)),
        section.get("attack", Parsers.choice(Precision.class)),
        section.get("slower", Parsers.choice(Slower.class)),
        section.get("fp32-precision", Parsers.choice(Fp32Precision.class)));
  }

  void check(Reading reading) {
    reading.demand(
        dtype.isSet() || attack == Precision.FP32,
        "needs amp.dtype = bf16; there is no mixed precision of the attack alone",
        "amp.attack",
        "amp.dtype");
  }
}
