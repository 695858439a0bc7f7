package io.robusttrain.train;

import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.train.recovery.Progress;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FSError;

/**
 * Validates the weights of an epoch's end, trained and averaged, offers them as the best, and keeps
 * those of epochs that are to be kept. It leaves the pause where there is no time for that.
 */
final class EpochValidation {
  private final Validator validator;
  private final RunFiles files;
  private final RunOutputs outputs;
  private final BestModel best;
  private final EpochKeeper keeper;
  private final Predicate<Progress> goesOn;
  private final BestLook looks;

  /**
   * What validates the epochs of a run.
   *
   * @param goesOn is told again and again how far the run has come, and says whether it goes on
   */
  EpochValidation(
      Validator validator,
      RunFiles files,
      RunOutputs outputs,
      BestModel best,
      EpochKeeper keeper,
      Predicate<Progress> goesOn) {
    this.goesOn = goesOn;
    this.validator = validator;
    this.files = files;
    this.outputs = outputs;
    this.best = best;
    this.keeper = keeper;
    this.looks = new BestLook(files.plan().validation().images().validation().classNames());
  }

  /** Validates and offers where {@code validation.every} says, and at the end of the run. */
  void scoreAndOffer(Pause pause) throws IOException {
    if (pause.validates()) {
      score(pause);
    }
    if (!pause.left()) {
      // With their scores, if they have any.
      keeper.keepIfWanted(pause);
    }
  }

  private void score(Pause pause) throws IOException {
    long before = 0;
    for (Map.Entry<WeightsKind, float[]> weights : pause.weights().entrySet()) {
      float[] validated = files.validated(weights.getValue());
      Optional<Validator.Found> whole = validate(pause, validated, before);
      if (whole.isEmpty()) {
        pause.leave();
        return;
      }
      before += validator.units();
      Validator.Found found = whole.get();
      outputs.badValidation(pause.step(), found.bad(), files.plan().validationSamples());
      Scores scores = files.scores(pause.epoch(), weights.getKey(), found.counts());
      pause.validated(weights.getKey(), found.counts(), scores);
      RunLook look = looks.of(scores, found.answers());
      if (weights.getKey() == WeightsKind.RAW) {
        outputs.look(look, weights.getValue(), pause.completedSteps());
      }
      offer(scores, validated, look, pause.completedSteps());
    }
  }

  private Optional<Validator.Found> validate(Pause pause, float[] weights, long before) {
    return validator.validate(
        weights, units -> goesOn.test(new Progress(pause.completedSteps(), before + units)));
  }

  private void offer(Scores scores, float[] weights, RunLook look, long completedSteps)
      throws IOException {
    try {
      outputs.patiently(
          () -> {
            best.offer(
                scores,
                files.validatedCard(Optional.of(scores)),
                files.validatedTensors(weights, completedSteps),
                look);
            return scores;
          });
    } catch (IOException | FSError failed) {
      throw new IOException(
          "the best model cannot be written (%s): make room or make it writable, and submit the run id again to go on from its newest checkpoint"
              .formatted(failed.getMessage()),
          failed);
    }
  }
}
