package io.robusttrain.evaluate.result;

import io.robusttrain.base.Figures;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.pretrained.AdaptationReport.Change;
import io.robusttrain.pretrained.AdaptationReport.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What must be right before any attack: the clean accuracy and the model's answers. */
public final class CleanCheck {
  /** One percentage point: rounding of other processors moves few images. */
  private static final double TOLERANCE = 0.01;

  private static final double STANDARD_ERRORS = 3;

  /** AutoAttack's tolerance for answers that differ between two passes. */
  private static final double RANDOM = 1e-4;

  private CleanCheck() {}

  /**
   * Compares the clean stage with the checkpoint and looks at the answers; returns warnings.
   *
   * @throws CleanAccuracyException if the clean accuracy is not the recorded one
   */
  public static List<Flag> check(Subject subject, CleanOutcome clean) {
    List<Flag> flags = new ArrayList<>();
    compare(subject, clean).ifPresent(flags::add);
    untrained(subject).ifPresent(flags::add);
    if (clean.repeatDifference() > RANDOM) {
      flags.add(
          new Flag(
              "random-outputs",
              "the model answers differently to the same image (by %.2g of the answer's length): use --attacks rand, other attacks may overstate the robustness"
                  .formatted(clean.repeatDifference())));
    }
    if (clean.probabilities()) {
      flags.add(
          new Flag(
              "probabilities",
              "the model gives probabilities instead of logits, whose gradients vanish: evaluate it"
                  + " without its softmax"));
    }
    if (clean.zeroGradients() > 0) {
      flags.add(
          new Flag(
              "zero-gradients",
              "the gradient is exactly zero for %d of %d images, so that gradient attacks cannot move them: look at what Square achieves"
                  .formatted(clean.zeroGradients(), clean.count())));
    }
    return flags;
  }

  private static Optional<Flag> untrained(Subject subject) {
    List<String> initial =
        subject.model().fitting().report().changes().stream()
            .filter(change -> change.kind() == Kind.INITIAL)
            .map(Change::text)
            .toList();
    return initial.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Flag(
                "untrained-weights",
                "%s of the model had no fitting weights in the file and have random values: %s"
                    .formatted(
                        Figures.counted(initial.size(), "tensor"), String.join(", ", initial))));
  }

  private static Optional<Flag> compare(Subject subject, CleanOutcome clean) {
    Optional<Scores> recorded = subject.model().scores();
    if (recorded.isEmpty()) {
      return Optional.of(
          new Flag("no-recorded-accuracy", "the checkpoint records no clean accuracy to compare"));
    }
    if (!sameImages(subject, recorded.get())) {
      return Optional.of(
          new Flag(
              "other-data",
              "the checkpoint's clean accuracy of %s was measured on other images and is not compared"
                  .formatted(Figures.percent(recorded.get().cleanTop1()))));
    }
    double expected = recorded.get().cleanTop1();
    double difference = Math.abs(clean.accuracy() - expected);
    double allowed = allowed(subject, expected);
    if (difference <= allowed) {
      return Optional.empty();
    }
    String what =
        "the clean accuracy is %s, the checkpoint records %s on %s; allowed are %.2f points"
            .formatted(
                Figures.percent(clean.accuracy()),
                Figures.percent(expected),
                subject.wholeSplit() ? "the same images" : "the whole split",
                100 * allowed);
    if (ownPreprocessing(subject)) {
      throw new CleanAccuracyException(
          what
              + ". Likely causes: a normalisation that is applied twice or not at all, another"
              + " resize or crop than in training, classes in another order. No attack was"
              + " started.");
    }
    return Optional.of(
        new Flag(
            "clean-accuracy",
            what + ". The preprocessing or the network is not the checkpoint's own"));
  }

  /** One point; on a part of the split, three standard errors of its sampling more. */
  public static double allowed(Subject subject, double expected) {
    double error = Math.sqrt(expected * (1 - expected) / subject.count());
    return TOLERANCE + (subject.wholeSplit() ? 0 : STANDARD_ERRORS * error);
  }

  private static boolean ownPreprocessing(Subject subject) {
    return subject.model().fitting().asSaved()
        && subject.images().rules().orientation() == subject.model().exifOrientation()
        && subject
            .preprocessing()
            .equals(PreprocessingChoice.CHECKPOINT.transform(subject.model().preprocessing()));
  }

  /** By the split's hash; checkpoints without it, by path and number of images. */
  private static boolean sameImages(Subject subject, Scores recorded) {
    String hash = subject.model().provenance().get(Provenance.VALIDATION);
    if (hash != null) {
      return hash.equals(subject.images().fingerprint());
    }
    return subject.images().path().equals(subject.model().provenance().get("data"))
        && subject.images().sampleCount() == recorded.images();
  }
}
