package io.robusttrain.train;

import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.GuardConfig;
import io.robusttrain.config.GuardConfig.Action;
import io.robusttrain.config.ObjectiveConfig;
import io.robusttrain.engine.StepFault;
import io.robusttrain.engine.StepReport;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.Alarm.Kind;
import io.robusttrain.report.Alarm.Response;
import io.robusttrain.report.RadiusText;
import io.robusttrain.train.guard.Chance;
import io.robusttrain.train.guard.GapMeasure;
import io.robusttrain.train.guard.Guide;
import io.robusttrain.train.guard.Probe;
import io.robusttrain.train.guard.SkipBudget;
import io.robusttrain.train.guard.SpikeWatch;
import io.robusttrain.train.plan.RunPlan;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Watches a run from one starting point on, and decides what an alarm does: show, end the run, or
 * go back. The driver's thread asks it after every step and at every pause.
 */
final class Guards {
  private static final int FAULTS_SHOWN = 3;

  private static final String DIVERGED =
      "lower optim.lr, lengthen lr-schedule.warmup-epochs or set optim.clip-grad-norm";
  private static final String GENTLER =
      "raise the radius more slowly (eps-schedule.period) or lower optim.lr";
  private static final String LEAKED =
      "attack in training with more steps (attack.steps), or lower attack.step-size, " + GENTLER;
  private static final String IDLE =
      "lower optim.lr, lengthen lr-schedule.warmup-epochs or eps-schedule.period, and look at the"
          + " images and labels of data.path";
  private static final String AGAIN =
      ", and submit the run id again, with what you changed in run.allow-changed, to go on from its"
          + " newest checkpoint";

  private final RunPlan plan;
  private final GuardConfig config;
  private final GapMeasure probe;
  private final Guide guide;
  private final RunOutputs outputs;
  private final RunProgress progress;
  private final SkipBudget skips;
  private final SpikeWatch spikes;
  private boolean goesBack;

  /**
   * Begins to watch a run that begins or goes on.
   *
   * @param guide begun where the run goes on
   * @param outputs gets the alarms, and knows the last losses before the starting point
   * @param progress how often the run has gone back and what it has skipped
   * @param epoch the running one
   */
  Guards(
      RunPlan plan,
      GapMeasure probe,
      Guide guide,
      RunOutputs outputs,
      RunProgress progress,
      int epoch) {
    this.plan = plan;
    this.config = plan.config().guard();
    this.probe = probe;
    this.guide = guide;
    this.outputs = outputs;
    this.progress = progress;
    this.skips = new SkipBudget(config.maxSkippedSteps(), progress.skippedSteps());
    this.skips.continueIn(epoch, progress.skippedInEpoch());
    this.spikes = new SpikeWatch(config.lossSpike().factor(), config.lossSpike().window());
    outputs.recentLosses().forEach(spikes::next);
  }

  /** Whether the run goes back to a checkpoint; nothing more is asked of it then. */
  boolean goesBack() {
    return goesBack;
  }

  /**
   * What a checkpoint of this moment records.
   *
   * @param occasion where it is {@link Occasion#STOP}, the whole pause is done again
   */
  RunProgress progress(Pause pause, Occasion occasion) {
    boolean reinforced =
        occasion == Occasion.STOP ? guide.reinforcedBeforeProbe(pause.step()) : guide.reinforced();
    return new RunProgress(
        progress.rollbacks(), skips.total(), skips.usedIn(pause.endedEpochs()), reinforced);
  }

  /** Whether an alarm can take a run back to a checkpoint. */
  static boolean canGoBack(GuardConfig config) {
    return config.probe().action() == Action.ROLLBACK
        || config.lossSpike().action() == Action.ROLLBACK;
  }

  /** Looks at a step: whether it was skipped, and whether its loss rose. */
  void step(StepReport report) throws IOException {
    if (!report.faults().isEmpty()) {
      skipped(report);
      return;
    }
    if (!Double.isFinite(report.loss()) || !Double.isFinite(report.gradientNorm())) {
      // Finite on each replica, and yet not in their sum: the step is applied already.
      raise(
          Kind.NON_FINITE,
          Action.STOP,
          report.step(),
          "loss %s, gradient norm %s: ".formatted(report.loss(), report.gradientNorm())
              + DIVERGED
              + AGAIN,
          Map.of("loss", report.loss(), "gradient_norm", report.gradientNorm()));
    }
    if (config.lossSpike().action() != Action.OFF) {
      OptionalDouble median = spikes.next(report.loss());
      if (median.isPresent()) {
        raise(
            Kind.LOSS_SPIKE,
            config.lossSpike().action(),
            report.step(),
            "the loss is %.4f, above %s times %.4f, the median of the last %d steps: "
                    .formatted(
                        report.loss(),
                        config.lossSpike().factor(),
                        median.getAsDouble(),
                        config.lossSpike().window())
                + DIVERGED,
            Map.of("loss", report.loss(), "median", median.getAsDouble()));
      }
    }
  }

  private void skipped(StepReport report) throws IOException {
    boolean affordable = skips.take(plan.job().clock().epoch(report.step()));
    String faults =
        report.faults().stream()
            .limit(FAULTS_SHOWN)
            .map(Guards::text)
            .collect(Collectors.joining("; "));
    String what =
        "loss %s; %s%s"
            .formatted(
                report.loss(),
                faults,
                report.faults().size() > FAULTS_SHOWN
                    ? " and %d more".formatted(report.faults().size() - FAULTS_SHOWN)
                    : "");
    Map<String, Double> figures =
        Map.of("loss", report.loss(), "skipped_in_epoch", (double) skips.used());
    if (affordable) {
      outputs.alarm(
          alarm(
              Kind.NON_FINITE,
              Response.SKIPPED,
              report.step(),
              "%s: the step is left out, %d of %d that an epoch may (guard.max-skipped-steps)"
                  .formatted(what, skips.used(), config.maxSkippedSteps()),
              figures));
    } else {
      raise(
          Kind.NON_FINITE,
          Action.STOP,
          report.step(),
          "%s: %d steps of this epoch were not finite, and guard.max-skipped-steps is %d: "
                  .formatted(what, skips.used(), config.maxSkippedSteps())
              + DIVERGED
              + AGAIN,
          figures);
    }
  }

  private static String text(StepFault fault) {
    return fault.part() < 0
        ? "not finite: " + fault.origin()
        : "micro-batch %d is not finite, first in %s".formatted(fault.part() + 1, fault.origin());
  }

  /** Whether the run must rest after a step for a probe. */
  boolean probesAfter(long step) {
    boolean due =
        plan.job().clock().isBetweenEpochs(step + 1)
            || (step + 1) % config.probe().everySteps().orElse(Long.MAX_VALUE) == 0;
    return due && config.probe().action() != Action.OFF && probesAt(step);
  }

  /**
   * Whether a checkpoint after a step needs a probe before it: what guards may take the run back to
   * is written only after they found nothing.
   */
  private boolean probesBeforeCheckpoint(long step) {
    return config.probe().action() == Action.ROLLBACK && probesAt(step);
  }

  private boolean probesAt(long step) {
    return plan.config().objective().type() != ObjectiveConfig.Type.STANDARD
        && plan.job().clock().radius(step) > 0;
  }

  /** Probes the weights of a pause, if a probe is due there. */
  void probeIfDue(Pause pause) throws IOException {
    long step = pause.step();
    boolean due = probesAfter(step);
    if (!due && !(pause.guarded() && probesBeforeCheckpoint(step))) {
      return;
    }
    Probe.Result result = probe.measure(pause.raw(), plan.job().clock().radius(step));
    outputs.probe(result, step);
    boolean overfitted = result.gap() > config.probe().margin();
    // The guide acts first: a guard where more steps did not help.
    boolean answered = overfitted && guide.answers(result);
    if (overfitted) {
      overfitted(result, answered ? Action.WARN : config.probe().action(), step);
    }
    // When checkpoints are written must not decide what a run computes, but where a guard looks.
    if (guide.isOn() && !goesBack && (due || answered)) {
      guide(result, step);
    }
  }

  private void guide(Probe.Result result, long step) throws IOException {
    if (!guide.changesAfter(step, result)) {
      return;
    }
    AttackConfig.Guided settings = plan.config().attack().guided();
    String next =
        guide.reinforced()
            ? "training attacks with %d steps until it is at most %s"
                .formatted(settings.steps().get(), settings.close())
            : "training attacks with one step again until it is above %s"
                .formatted(settings.open());
    outputs.alarm(
        alarm(
            Kind.ATTACK_GAP,
            guide.reinforced() ? Response.MORE_STEPS : Response.ONE_STEP,
            step,
            "of %d training images, %.2f %% resist one attack step and %.2f %% resist %d, a gap of %.4f: %s"
                .formatted(
                    config.probe().samples(),
                    result.oneStep() * 100,
                    result.manySteps() * 100,
                    config.probe().steps(),
                    result.gap(),
                    next),
            Map.of(
                "one_step_top1", result.oneStep(),
                "many_steps_top1", result.manySteps(),
                "attack_steps", guide.reinforced() ? (double) settings.steps().get() : 1.0)));
  }

  private void overfitted(Probe.Result result, Action action, long step) throws IOException {
    double radius = plan.job().clock().radius(step);
    raise(
        Kind.CATASTROPHIC_OVERFITTING,
        action,
        step,
        "of %d training images at radius %s, %.2f %% resist one attack step and %.2f %% resist %d: the model answers the attack, not the images; %s"
            .formatted(
                config.probe().samples(),
                RadiusText.of(radius),
                result.oneStep() * 100,
                result.manySteps() * 100,
                config.probe().steps(),
                remedy(result)),
        Map.of(
            "clean_top1", result.clean(),
            "one_step_top1", result.oneStep(),
            "many_steps_top1", result.manySteps(),
            "radius", radius));
  }

  private String remedy(Probe.Result result) {
    if (!guide.isOn()) {
      return LEAKED;
    }
    AttackConfig.Guided guided = plan.config().attack().guided();
    if (guide.answers(result)) {
      return "training attacks with %d steps from here on (attack.guided)"
          .formatted(guided.steps().get());
    }
    return guide.reinforced()
        ? "the %d steps of attack.guided.steps do not help: write more, probe more often (guard.probe.every-steps), "
                .formatted(guided.steps().get())
            + GENTLER
        : "lower attack.guided.open, which is %s, ".formatted(guided.open()) + GENTLER;
  }

  /** Looks at the accuracy of the trained weights, if they were validated. */
  void judgeAccuracy(Pause pause) throws IOException {
    Action action = config.noLearning().action();
    int epochs = pause.epoch() + 1;
    if (!pause.validates() || action == Action.OFF || epochs <= plan.config().noLearningAfter()) {
      return;
    }
    EvaluationCounts counts = pause.counts().get(WeightsKind.RAW);
    double clean = counts.clean().top1Accuracy();
    double robust = counts.adversarial().top1Accuracy();
    double chance = Chance.highestAccuracy(plan.classNames().size(), counts.clean().samples());
    if (clean <= chance && robust <= chance) {
      raise(
          Kind.NO_LEARNING,
          action,
          pause.step(),
          "after %d epochs the accuracy is %.2f %% clean and %.2f %% attacked, that of guessing: "
                  .formatted(epochs, clean * 100, robust * 100)
              + IDLE,
          Map.of("clean_top1", clean, "robust_top1", robust, "chance", chance));
    }
  }

  private void raise(
      Kind kind, Action action, long step, String message, Map<String, Double> figures)
      throws IOException {
    boolean back = action == Action.ROLLBACK && progress.rollbacks() < config.maxRollbacks();
    if (back || action == Action.WARN) {
      goesBack |= back;
      Response response = back ? Response.ROLLED_BACK : Response.WARNED;
      outputs.alarm(alarm(kind, response, step, message, figures));
      return;
    }
    String why =
        action == Action.ROLLBACK
            ? message
                + "; the run has gone back %d times already (guard.max-rollbacks)"
                    .formatted(progress.rollbacks())
            : message;
    Alarm end = alarm(kind, Response.STOPPED, step, why, figures);
    outputs.alarm(end);
    throw new GuardException(end.place() + ": " + why);
  }

  private Alarm alarm(
      Kind kind, Response response, long step, String message, Map<String, Double> figures) {
    return new Alarm(step, plan.job().clock().epoch(step), kind, response, message, figures);
  }
}
