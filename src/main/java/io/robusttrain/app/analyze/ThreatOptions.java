package io.robusttrain.app.analyze;

import io.robusttrain.app.cli.Usage;
import io.robusttrain.app.eval.Radius;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say what an attack may do. */
final class ThreatOptions {
  @Option(
      names = "--norm",
      paramLabel = "NORM",
      defaultValue = "linf",
      description = "linf or l2; for transfer linf alone. Default: ${DEFAULT-VALUE}.")
  private Norm norm;

  @Option(
      names = "--eps",
      paramLabel = "RADIUS",
      description = "Radius, pixels being in [0,1]: 4/255.")
  private String epsilon;

  ThreatModel threat(CommandSpec spec) {
    if (epsilon == null) {
      throw Usage.wrong(spec, "how far may an attack go? Give --eps, such as 4/255");
    }
    return new ThreatModel(norm, Radius.parse(spec, "--eps", norm, epsilon));
  }
}
