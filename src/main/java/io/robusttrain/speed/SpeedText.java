package io.robusttrain.speed;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.robusttrain.base.Figures;
import io.robusttrain.speed.SpeedResult.EngineKind;

/** The figures of a timed training step as text for the screen. */
public final class SpeedText {
  private SpeedText() {}

  /** Lines of a name and its figures. */
  public static String of(SpeedResult result) {
    StringBuilder text = new StringBuilder();
    plan(text, result.plan(), result.engine());
    rates(text, result);
    shares(text, result);
    line(text, "peak RSS", "%,d MB", result.peakBytes() >> 20);
    return text.toString();
  }

  private static void plan(StringBuilder text, SpeedPlan plan, EngineKind engine) {
    line(
        text,
        "model",
        "%s at %d px, %d classes: %.1f M parameters, %.3f GMACs an image",
        plan.architecture().name(),
        plan.architecture().imageSize(),
        plan.architecture().numClasses(),
        plan.architecture().layout().parameterCount() / 1e6,
        plan.architecture().macsPerImage() / 1e9);
    line(
        text,
        "timed",
        "%d steps after %d to warm up, batch %d in micro-batches of %d, %s",
        plan.steps(),
        plan.warmUp(),
        plan.batch(),
        plan.microBatch(),
        switch (engine) {
          case IN_PROCESS -> threads(plan) + ", without Spark";
          case BIGDL -> onExecutors(plan, "BigDL");
          case COLLECTIVE -> onExecutors(plan, "collectives");
        });
    line(text, "computed", "in %s on %s", plan.arithmetic().word(), SpeedJson.device(plan));
  }

  private static String onExecutors(SpeedPlan plan, String engine) {
    return "%d executors of %s, %s on Spark".formatted(plan.executors(), threads(plan), engine);
  }

  private static String threads(SpeedPlan plan) {
    return plan.replicas() == 1
        ? plan.threads() + " threads"
        : "%d replicas of %d threads".formatted(plan.replicas(), plan.threads());
  }

  private static void rates(StringBuilder text, SpeedResult result) {
    Spread rate = result.imagesPerSecond();
    line(text, "images/s", "%.3f (%.3f to %.3f)", rate.median(), rate.min(), rate.max());
    Spread step = result.stepSeconds();
    line(text, "step", "%.3f s (%.3f to %.3f)", step.median(), step.min(), step.max());
    line(text, "GFLOP/s", "%.1f, counting 5 x 2 x GMACs an image", result.gigaflops());
    line(
        text,
        "sgemm",
        "%.1f GFLOP/s before (best %.1f), %.1f after (best %.1f), %s",
        result.before().median(),
        result.before().best(),
        result.after().median(),
        result.after().best(),
        result.blas());
    line(
        text,
        "ratio",
        "%.1f %% of the median sgemm rate, %.1f %% of the best",
        100 * result.ratio(),
        100 * result.ratioToBest());
    if (result.matrixRateDiffers()) {
      line(
          text,
          "note",
          "the sgemm rates differ by more than a tenth: other work shared the cores, repeat when idle");
    }
  }

  private static void shares(StringBuilder text, SpeedResult result) {
    line(
        text,
        "time",
        "attack %.1f %%, forward/backward %.1f %%, exchange %.1f %%, optimiser %.1f %%, data %.1f %%",
        100 * result.share(times -> times.own().attack()),
        100 * result.share(times -> times.own().train()),
        100 * result.share(StepTimes::exchange),
        100 * result.share(times -> times.own().update()),
        100 * result.share(times -> times.own().data()));
    if (result.engine().isDistributed()) {
      Spread overhead = result.exchangeSeconds();
      line(
          text,
          "overhead",
          "%.3f s an iteration (%.3f to %.3f), %.1f %% of all iterations",
          overhead.median(),
          overhead.min(),
          overhead.max(),
          100 * result.share(StepTimes::exchange));
    }
  }

  @FormatMethod
  private static void line(
      StringBuilder text, String name, @FormatString String format, Object... figures) {
    text.append(Figures.format("%-10s ", name))
        .append(Figures.format(format, figures))
        .append(System.lineSeparator());
  }
}
