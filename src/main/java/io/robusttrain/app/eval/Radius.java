package io.robusttrain.app.eval;

import io.robusttrain.app.cli.Usage;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.value.Epsilon;
import picocli.CommandLine.Model.CommandSpec;

/** The radius of a threat model on a command line. */
public final class Radius {
  private Radius() {}

  /**
   * Reads {@code 4/255}.
   *
   * @param option that the text was given to
   * @throws picocli.CommandLine.ParameterException if it is no radius of the norm
   */
  public static double parse(CommandSpec spec, String option, Norm norm, String text) {
    try {
      return Epsilon.parse(norm, text);
    } catch (IllegalArgumentException bad) {
      throw Usage.wrong(spec, option + ": " + bad.getMessage());
    }
  }
}
