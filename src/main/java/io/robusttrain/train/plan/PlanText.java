package io.robusttrain.train.plan;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.engine.ExchangeCost;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.train.worker.MixedSource;
import io.robusttrain.train.worker.ThreadPlan;
import java.util.List;
import java.util.Locale;

/** A plan in words, for {@code --dry-run} and the log. */
public final class PlanText {
  private static final double GIGA = 1e9;

  private PlanText() {}

  /** Several lines, each ended by a newline. */
  public static String of(StagedPlan staged) {
    RunPlan plan = staged.last();
    StringBuilder text = new StringBuilder();
    modelAndData(plan, text);
    attack(plan.config(), text);
    validation(plan, text);
    List<String> stages = stages(staged);
    if (stages.isEmpty()) {
      steps(plan.config(), plan, text);
    } else {
      line(
          text,
          "steps",
          "%d epochs in %d stages, %,d steps in all; all are validated as the last stage says",
          plan.run().totalEpochs(),
          stages.size(),
          plan.totalSteps());
      for (int i = 0; i < stages.size(); i++) {
        line(text, "stage %d".formatted(i + 1), "%s", stages.get(i));
      }
    }
    line(
        text,
        "compute",
        "%,.1f GMACs of training, forward and backward",
        plan.course().macs(plan.totalSteps()) / GIGA);
    cluster(staged.largest(), text);
    return text.toString();
  }

  /** What each stage does, a line each, without line ends; none of a run without stages. */
  public static List<String> stages(StagedPlan staged) {
    return staged.stages().size() == 1
        ? List.of()
        : staged.stages().stream().map(PlanText::stage).toList();
  }

  private static String stage(RunPlan plan) {
    RunConfig config = plan.config();
    Course.Span span = plan.course().spans().get(plan.stage());
    return String.format(
        Locale.ROOT,
        "epochs %d to %d: %d px%s, %.3f GMACs an image, epsilon %.6f in %s step(s); %,d steps an epoch, global batch %d in micro-batches of %d; %.1f %% of the compute",
        span.firstEpoch() + 1,
        span.endEpoch(),
        plan.architecture().imageSize(),
        config.model().tokenDropping().map(left -> ", tokens: " + kept(plan, left)).orElse(""),
        plan.trainingMacsPerImage() / GIGA,
        config.attack().epsilon(),
        attackSteps(config.attack()),
        plan.stepsPerEpoch(),
        config.train().globalBatch(),
        config.train().microBatch(),
        100 * plan.course().share(plan.stage()));
  }

  private static String attackSteps(AttackConfig attack) {
    return attack
        .reinforced()
        .map(more -> "%d or, by need, %d".formatted(attack.steps(), more.steps()))
        .orElseGet(() -> String.valueOf(attack.steps()));
  }

  private static void modelAndData(RunPlan plan, StringBuilder text) {
    line(
        text,
        "model",
        "%s, %,d parameters, %.3f GMACs an image of %d px, %d classes",
        plan.architecture().name(),
        plan.architecture().layout().parameterCount(),
        plan.architecture().macsPerImage() / GIGA,
        plan.architecture().imageSize(),
        plan.architecture().numClasses());
    tokens(plan, text);
    line(
        text,
        "data",
        "%s: %,d training and %,d validation images; shuffle %s",
        plan.config().data().path(),
        plan.validation().images().train().sampleCount(),
        plan.validation().images().validation().sampleCount(),
        plan.job().order().shuffle() instanceof ShuffleMode.Full ? "full" : "blocks");
    for (ImageSet set : plan.dataSets()) {
      set.unusualColumns()
          .ifPresent(
              words -> line(text, "columns", "%s of %s: %s", set.split(), set.path(), words));
    }
    if (plan.config().data().exifOrientation() == ExifOrientation.APPLY) {
      line(text, "images", "turned upright by their EXIF orientation");
    }
    if (plan.job().samples() instanceof MixedSource mixed) {
      line(
          text,
          "extra data",
          "%s: %,d images, %d of each micro-batch of %d",
          mixed.extra().path(),
          mixed.extra().sampleCount(),
          mixed.share().extra(),
          plan.config().train().microBatch());
    }
  }

  private static void tokens(RunPlan plan, StringBuilder text) {
    plan.config()
        .model()
        .tokenDropping()
        .ifPresent(
            dropping ->
                line(
                    text,
                    "tokens",
                    "training leaves out %s of them (%s), %s: %.3f GMACs an image",
                    dropping.rate(),
                    Parsers.word(dropping.mode()),
                    kept(plan, dropping),
                    plan.trainingMacsPerImage() / GIGA));
  }

  private static String kept(RunPlan plan, TokenDropping dropping) {
    TokenDropping.Grid grid = plan.architecture().tokenGrid().orElseThrow();
    return "%d of %d stay".formatted(dropping.kept(grid.rows(), grid.columns()), grid.tokens());
  }

  private static void attack(RunConfig config, StringBuilder text) {
    line(
        text,
        "attack",
        "%s, epsilon %.6f, %d step(s) of %.6f",
        norm(config.attack().norm()),
        config.attack().epsilon(),
        config.attack().steps(),
        config.attack().resolvedStepSize());
    config
        .attack()
        .reinforced()
        .ifPresent(
            more ->
                line(
                    text,
                    "by need",
                    "%d steps of %.6f from a probe with a gap above %s to one with at most %s",
                    more.steps(),
                    more.resolvedStepSize(),
                    more.guided().open(),
                    more.guided().close()));
  }

  private static void validation(RunPlan plan, StringBuilder text) {
    ProjectedGradientDescent attack = plan.validation().evaluation().attack();
    line(
        text,
        "validation",
        "%s, epsilon %.6f, %d step(s) of %.6f",
        norm(attack.threat().norm()),
        attack.threat().epsilon(),
        attack.steps(),
        attack.stepSize());
  }

  private static String norm(Norm norm) {
    return norm == Norm.LINF ? "Linf" : "L2";
  }

  private static void steps(RunConfig config, RunPlan plan, StringBuilder text) {
    line(
        text,
        "steps",
        "%d epochs of %,d steps, %,d in all; global batch %d in micro-batches of %d",
        config.totalEpochs(),
        plan.stepsPerEpoch(),
        plan.totalSteps(),
        config.train().globalBatch(),
        config.train().microBatch());
  }

  private static void cluster(RunPlan plan, StringBuilder text) {
    ThreadPlan threads = plan.job().threads();
    line(
        text,
        "executors",
        "%d, each %d core(s): %d replica(s) of %d thread(s), %d for decoding",
        plan.topology().executors(),
        plan.topology().coresPerExecutor(),
        threads.replicas(),
        threads.intraOp(),
        threads.decode());
    engine(plan, text);
    line(
        text,
        "memory",
        "an executor needs about %,d MB of heap (has %,d) and %,d MB beside it (%s)",
        plan.memory().heapBytes() >> 20,
        plan.topology().heapBytes() >> 20,
        plan.memory().nativeBytes() >> 20,
        plan.topology().nativeBytes() == Long.MAX_VALUE
            ? "not bounded"
            : String.format(Locale.ROOT, "has %,d", plan.topology().nativeBytes() >> 20));
    driver(plan, text);
  }

  private static void engine(RunPlan plan, StringBuilder text) {
    DistributionConfig distribution = plan.config().distribution();
    int executors = plan.topology().executors();
    if (distribution.chosenEngine() == DistributionConfig.Engine.COLLECTIVE) {
      line(
          text,
          "engine",
          "collective: executors connect to each other, and to the driver on ports %s",
          distribution.ports().toOptional().map(String::valueOf).orElse("auto"));
    } else if (executors > 1) {
      double bytes = ExchangeCost.bytes(executors, plan.exchangedBytes());
      line(
          text,
          "engine",
          "bigdl: about %.1f s of a step beside arithmetic and sending; collective %s",
          ExchangeCost.savedSeconds(executors, bytes),
          distribution.compression() == DistributionConfig.Compression.NONE
              ? "would save them"
              : "would save them, but knows no compression");
    }
  }

  private static void driver(RunPlan plan, StringBuilder text) {
    if (plan.topology().local()) {
      line(text, "driver", "%,d MB more of the same heap", plan.memory().driverOnlyBytes() >> 20);
    } else {
      line(
          text,
          "driver",
          "needs about %,d MB of heap (has %,d)",
          plan.memory().driverBytes() >> 20,
          plan.topology().driverHeapBytes() >> 20);
    }
  }

  private static void line(StringBuilder text, String name, String format, Object... values) {
    text.append(String.format(Locale.ROOT, "%-10s ", name))
        .append(String.format(Locale.ROOT, format, values))
        .append('\n');
  }
}
