package io.robusttrain.report.view;

import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the page shows of one run.
 *
 * @param name such as the run id
 * @param results accuracies of each epoch
 * @param metrics all steps and epochs
 * @param config the effective configuration as text
 * @param defaults the configuration that nobody has changed, as text
 * @param provenance versions, data hash, seed
 * @param look what the best model makes of the validation split, if that is known
 */
public record RunView(
    String name,
    ResultTable results,
    MetricsLog.Content metrics,
    String config,
    String defaults,
    Map<String, String> provenance,
    Optional<RunLook> look) {
  public RunView {
    provenance = Map.copyOf(provenance);
  }

  /** The look at the epoch that was selected; a run that went back may have that of another one. */
  Optional<RunLook> bestLook() {
    return look.filter(
        found ->
            results.bestEpoch().equals(OptionalInt.of(found.epoch()))
                && results.bestWeights().word().equals(found.weights()));
  }

  /** The same run under another name. */
  RunView named(String other) {
    return new RunView(other, results, metrics, config, defaults, provenance, look);
  }

  /**
   * Steps of an epoch: exact where the last step of an epoch is among those that are kept, as in
   * every finished run; 1 of a run without steps.
   */
  long stepsPerEpoch() {
    return Math.max(
        1,
        metrics.steps().stream()
            .mapToLong(step -> (step.step() + step.epoch() + 1) / (step.epoch() + 1))
            .max()
            .orElse(1));
  }
}
