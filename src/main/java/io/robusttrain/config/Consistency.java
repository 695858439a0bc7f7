package io.robusttrain.config;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Demands on several keys together that need nothing but the configuration. */
final class Consistency {
  /** The patch in timm's names: {@code xcit_small_12_p16_224}, {@code deit_small_patch16_224}. */
  private static final Pattern PATCH = Pattern.compile("_(?:p|patch)(\\d+)(?:_|$)");

  private Consistency() {}

  static void check(RunConfig config, Reading reading) {
    checkModel(config.model(), reading);
    checkAugmentation(config, reading);
    checkBatches(config.train(), reading);
    checkExtraData(config, reading);
    checkSchedules(config, reading);
    ObjectiveConsistency.check(config, reading);
    checkOptimiser(config, reading);
    config.modelEma().check(config, reading);
    config.swa().check(config, reading);
    config.amp().check(reading);
  }

  private static void checkModel(ModelConfig model, Reading reading) {
    OptionalInt patch = patch(model);
    if (patch.isPresent()) {
      int side = patch.getAsInt();
      int size = model.imgSize();
      reading.demand(
          size % side == 0,
          "%d is no multiple of the patch %d; use %d"
              .formatted(size, side, Math.max(side, size / side * side)),
          "model.img-size",
          "model.patch-size",
          "model.name");
    }
    if (model.embedDim().isSet() && model.numHeads().isSet()) {
      int dim = model.embedDim().get();
      int heads = model.numHeads().get();
      reading.demand(
          dim % heads == 0,
          "%d heads do not divide the width %d".formatted(heads, dim),
          "model.num-heads",
          "model.embed-dim");
    }
  }

  private static void checkAugmentation(RunConfig config, Reading reading) {
    int padding = config.augment().cropPadding().orElse(0);
    reading.demand(
        padding < config.model().imgSize(),
        "%d is not smaller than the image (%d)".formatted(padding, config.model().imgSize()),
        "augment.crop-padding",
        "model.img-size");
    MixupConfig mixup = config.mixup();
    boolean mixes = mixup.alpha() > 0 || mixup.cutmixAlpha() > 0;
    reading.demand(
        mixes || !mixup.offEpoch().isSet(),
        "nothing is mixed in any epoch; set mixup.alpha or mixup.cutmix-alpha, or write none",
        "mixup.off-epoch",
        "mixup.alpha");
    int warmup = config.augment().warmupEpochs();
    reading.demand(
        warmup == 0 || mixes || config.augment().aa().isSet() || config.augment().reprob() > 0,
        "there is no strong augmentation to warm up; set augment.aa, augment.reprob or mixup, or write 0",
        "augment.warmup-epochs",
        "augment.aa",
        "augment.reprob");
    reading.demand(
        warmup <= config.totalEpochs(),
        "the augmentation would not reach its strength in %d epochs"
            .formatted(config.totalEpochs()),
        "augment.warmup-epochs",
        "train.epochs");
  }

  private static void checkBatches(TrainConfig train, Reading reading) {
    reading.demand(
        train.globalBatch() % train.microBatch() == 0,
        "%d is no multiple of the micro-batch %d"
            .formatted(train.globalBatch(), train.microBatch()),
        "train.global-batch",
        "train.micro-batch");
  }

  private static void checkExtraData(RunConfig config, Reading reading) {
    ExtraDataConfig extra = config.data().extra();
    int micro = config.train().microBatch();
    int samples = extra.samplesOf(micro);
    reading.demand(
        !extra.path().isSet()
            || (samples >= 1
                && samples < micro
                && Math.abs(extra.share() * micro - samples) < 1e-6),
        "%s of a micro-batch of %d is no whole number of samples beside others; use %d/%d"
            .formatted(extra.share(), micro, Math.max(1, Math.min(samples, micro - 1)), micro),
        "data.extra.share",
        "train.micro-batch",
        "data.extra.path");
  }

  private static void checkSchedules(RunConfig config, Reading reading) {
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
        eps.zeroEpochs() < config.totalEpochs(),
        "the attack would stay at radius 0 for all %d epochs".formatted(config.totalEpochs()),
        "eps-schedule.zero-epochs",
        "train.epochs");
  }

  private static void checkOptimiser(RunConfig config, Reading reading) {
    OptimConfig optim = config.optim();
    reading.demand(
        optim.type() != OptimConfig.Type.SGD || !optim.nesterov() || optim.momentum() > 0,
        "Nesterov's momentum needs optim.momentum above 0",
        "optim.nesterov",
        "optim.momentum");
  }

  private static OptionalInt patch(ModelConfig model) {
    if (model.patchSize().isSet()) {
      return OptionalInt.of(model.patchSize().get());
    }
    Matcher matcher = PATCH.matcher(model.name());
    return matcher.find() && matcher.group(1).length() <= 3 && !matcher.group(1).startsWith("0")
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }
}
