package io.robusttrain.config.check;

import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.EpsScheduleConfig;
import io.robusttrain.config.ExtraDataConfig;
import io.robusttrain.config.LrScheduleConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.SwaConfig;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Stage;
import io.robusttrain.tensor.Fp32Precision;
import java.util.List;

/** Demands of several groups on each other; a group's own are in its record. */
public final class Consistency {
  private Consistency() {}

  public static void check(RunConfig config, Reading reading) {
    checkStage(config, config.totalEpochs(), reading);
    checkStages(config, reading);
    checkKeptEpochs(config, reading);
    checkAverages(config, reading);
  }

  /**
   * What of it concerns keys that a stage can change.
   *
   * @param config of the stage
   * @param totalEpochs of its run, with the cool-down
   */
  public static void checkStage(RunConfig config, int totalEpochs, Reading reading) {
    checkAugmentation(config, totalEpochs, reading);
    checkExtraData(config, reading);
    checkSchedules(config, totalEpochs, reading);
    checkDistribution(config, reading);
    checkPrecision(config, reading);
    ObjectiveConsistency.check(config, totalEpochs, reading);
  }

  private static void checkDistribution(RunConfig config, Reading reading) {
    DistributionConfig distribution = config.distribution();
    reading.demand(
        distribution.chosenEngine() != DistributionConfig.Engine.COLLECTIVE
            || distribution.compression() == DistributionConfig.Compression.NONE,
        "the collective engine sends float32; write compression=none, or engine=bigdl",
        "distribution.compression",
        "distribution.engine");
    reading.demand(
        distribution.chosenEngine() == DistributionConfig.Engine.COLLECTIVE
            || !distribution.overlap().orElse(false),
        "BigDL exchanges what is complete; write overlap=auto, or engine=collective",
        "distribution.overlap",
        "distribution.engine");
  }

  private static void checkPrecision(RunConfig config, Reading reading) {
    reading.demand(
        config.amp().fp32Precision() == Fp32Precision.IEEE || config.device().startsWith("cuda"),
        "a CPU has no TF32; write fp32-precision=ieee, or device=cuda",
        "amp.fp32-precision",
        "device");
  }

  private static void checkKeptEpochs(RunConfig config, Reading reading) {
    List<Integer> late =
        config.train().keepEpochs().toOptional().orElse(List.of()).stream()
            .filter(epoch -> epoch > config.totalEpochs())
            .toList();
    reading.demand(
        late.isEmpty(),
        "%s lie behind the last epoch, %d".formatted(late, config.totalEpochs()),
        "train.keep-epochs",
        "train.epochs",
        "lr-schedule.cooldown-epochs");
  }

  private static void checkAugmentation(RunConfig config, int totalEpochs, Reading reading) {
    int padding = config.augment().cropPadding().orElse(0);
    reading.demand(
        padding < config.model().imgSize(),
        "%d is not smaller than the image (%d)".formatted(padding, config.model().imgSize()),
        "augment.crop-padding",
        "model.img-size");
    int warmup = config.augment().warmupEpochs();
    reading.demand(
        warmup == 0
            || config.mixup().on()
            || config.augment().aa().isSet()
            || config.augment().reprob() > 0,
        "there is no strong augmentation to warm up; set augment.aa, augment.reprob or mixup, or write 0",
        "augment.warmup-epochs",
        "augment.aa",
        "augment.reprob");
    reading.demand(
        warmup <= totalEpochs,
        "the augmentation would not reach its strength in %d epochs".formatted(totalEpochs),
        "augment.warmup-epochs",
        "train.epochs");
  }

  private static void checkExtraData(RunConfig config, Reading reading) {
    ExtraDataConfig extra = config.data().extra();
    int micro = config.train().microBatch();
    int samples = extra.samplesOf(micro);
    reading.demand(
        extra.dividesEvenly(micro),
        "%s of a micro-batch of %d is no whole number of samples beside others; use %d/%d"
            .formatted(extra.share(), micro, Math.max(1, Math.min(samples, micro - 1)), micro),
        "data.extra.share",
        "train.micro-batch",
        "data.extra.path");
  }

  private static void checkSchedules(RunConfig config, int totalEpochs, Reading reading) {
    LrScheduleConfig lr = config.lrSchedule();
    reading.demand(
        lr.warmupEpochs() < config.train().epochs(),
        "the warm-up of %d epochs leaves nothing of the %d epochs; shorten it or train longer"
            .formatted(lr.warmupEpochs(), config.train().epochs()),
        "lr-schedule.warmup-epochs",
        "train.epochs");
    reading.demand(
        lr.type() != LrScheduleConfig.Type.COSINE || lr.minLr() <= config.optim().lr(),
        "%s is above the peak rate optim.lr = %s".formatted(lr.minLr(), config.optim().lr()),
        "lr-schedule.min-lr",
        "optim.lr");
    EpsScheduleConfig eps = config.epsSchedule();
    reading.demand(
        eps.zeroEpochs() < totalEpochs,
        "the attack would stay at radius 0 for all %d epochs".formatted(totalEpochs),
        "eps-schedule.zero-epochs",
        "train.epochs");
  }

  private static void checkStages(RunConfig config, Reading reading) {
    int epochs = config.stages().orElse(List.of()).stream().mapToInt(Stage::epochs).sum();
    reading.demand(
        !config.stages().isSet() || epochs == config.train().epochs(),
        "they have %d epochs in all, and train.epochs is %d; write train.epochs = %d, or give them other epochs"
            .formatted(epochs, config.train().epochs(), epochs),
        "stages",
        "train.epochs");
  }

  private static void checkAverages(RunConfig config, Reading reading) {
    reading.demand(
        config.modelEma().start() < config.totalEpochs(),
        "the moving average would begin after all %d epochs".formatted(config.totalEpochs()),
        "model-ema.start",
        "train.epochs");
    SwaConfig swa = config.swa();
    int start = swa.start().orElse(0);
    int last = swa.end().orElse(config.totalEpochs());
    reading.demand(
        last <= config.totalEpochs(),
        "the run ends after %d epochs".formatted(config.totalEpochs()),
        "swa.end",
        "train.epochs");
    reading.demand(
        start < last,
        "nothing is left to average between epoch %d and epoch %d".formatted(start, last),
        "swa.start",
        "swa.end");
  }
}
