package io.robusttrain.config;

import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.ChangesNoResult.Of;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Stage;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.LearningRateSchedule;
import java.io.Serializable;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The whole configuration of a run: one component per group of {@code reference.conf}. Immutable,
 * serializable and equal by value. Made by {@code ConfigLoader}, which validates it; {@link
 * ConfigRenderer} writes it back.
 *
 * @param run identity
 * @param model the network
 * @param data the images
 * @param augment what happens to an image
 * @param mixup mixing of images
 * @param attack threat model and training attack
 * @param epsSchedule radius by epoch
 * @param objective what is minimised
 * @param optim the optimiser
 * @param lrSchedule learning rate by epoch
 * @param modelEma exponential moving average of the weights
 * @param swa stochastic weight averaging
 * @param amp mixed precision
 * @param train length and batch
 * @param stages epochs in which keys have other values, one stage after the other; open: none
 * @param distribution executors and replicas
 * @param validation clean and FGSM accuracy
 * @param checkpoint retention
 * @param recovery lost executors, stalls, signals
 * @param guard alarms
 * @param doctor checks before the start
 * @param report outputs
 * @param device where the arithmetic runs, as PyTorch writes it
 */
public record RunConfig(
    RunSection run,
    ModelConfig model,
    DataConfig data,
    AugmentConfig augment,
    MixupConfig mixup,
    AttackConfig attack,
    EpsScheduleConfig epsSchedule,
    ObjectiveConfig objective,
    OptimConfig optim,
    LrScheduleConfig lrSchedule,
    ModelEmaConfig modelEma,
    SwaConfig swa,
    AmpConfig amp,
    TrainConfig train,
    Setting<List<Stage>> stages,
    DistributionConfig distribution,
    ValidationConfig validation,
    CheckpointConfig checkpoint,
    @ChangesNoResult RecoveryConfig recovery,
    @ChangesNoResult(Of.STEP) GuardConfig guard,
    @ChangesNoResult DoctorConfig doctor,
    @ChangesNoResult ReportConfig report,
    String device)
    implements Serializable {

  private static final String LR_TYPE = "lr-schedule.type";

  private static final Pattern DEVICE = Pattern.compile("cpu|cuda(:\\d+)?");

  /** Radius of the training attack by epoch. */
  public EpsilonSchedule epsilonSchedule() {
    return epsSchedule.schedule(attack.epsilon());
  }

  /** Learning rate by epoch, scaled to the global batch. */
  public LearningRateSchedule learningRateSchedule() {
    return lrSchedule.schedule(optim.peakLr(train.globalBatch()), train.epochs());
  }

  /**
   * Epochs of the run with the cool-down, which only the cosine schedule has: of a run in stages,
   * that of the last one.
   */
  public int totalEpochs() {
    String cosine = Parsers.word(LrScheduleConfig.Type.COSINE);
    boolean coolsDown =
        stages
            .toOptional()
            .map(all -> all.get(all.size() - 1))
            .flatMap(last -> last.written(LR_TYPE))
            .map(cosine::equalsIgnoreCase)
            .orElse(lrSchedule.type() == LrScheduleConfig.Type.COSINE);
    return train.epochs() + (coolsDown ? lrSchedule.cooldownEpochs() : 0);
  }

  /** Epochs after which accuracy at chance means that nothing is learnt. */
  public int noLearningAfter() {
    boolean grows = epsSchedule.type() != EpsScheduleConfig.Type.CONSTANT;
    int radius = grows ? epsSchedule.period() : epsSchedule.zeroEpochs();
    return guard.noLearning().after().orElse(Math.max(lrSchedule.warmupEpochs(), radius));
  }

  /** The full radius of the validation attack, pixels being in [0,1]. */
  public double validationEpsilon() {
    return validation.writtenEpsilon().toOptional().map(attack::scaled).orElse(attack.epsilon());
  }

  /**
   * Gradient steps of the validation attack: unless they are configured, those of the training
   * attack. Where that is guided they are those of the probe's stronger attack, and no fewer than
   * training may take: else an epoch that withstands one step alone would be the best.
   */
  public int validationSteps() {
    int guided =
        attack
            .guided()
            .steps()
            .toOptional()
            .map(more -> Math.max(more, guard.probe().steps()))
            .orElse(0);
    return validation.steps().orElse(Math.max(attack.steps(), guided));
  }

  /** Length of a step of the validation attack, pixels being in [0,1]: 1.5 * epsilon / steps. */
  public double validationStepSize() {
    return validationStepSize(validationSteps());
  }

  /** The same, if the attack takes so many steps. */
  public double validationStepSize(int steps) {
    return AttackConfig.defaultStepSize(validationEpsilon(), steps);
  }

  /** Key of the validation attack's random starts. */
  public long validationSeed() {
    return validation.seed().orElse(run.seed());
  }

  public static RunConfig from(Section root) {
    // One after the other, so that problems are reported in the order of reference.conf.
    RunSection run = RunSection.from(root.group("run"));
    ModelConfig model = ModelConfig.from(root.group("model"));
    DataConfig data = DataConfig.from(root.group("data"));
    AugmentConfig augment = AugmentConfig.from(root.group("augment"));
    MixupConfig mixup = MixupConfig.from(root.group("mixup"));
    AttackConfig attack = AttackConfig.from(root.group("attack"));
    return new RunConfig(
        run,
        model,
        data,
        augment,
        mixup,
        attack,
        EpsScheduleConfig.from(root.group("eps-schedule")),
        ObjectiveConfig.from(root.group("objective")),
        OptimConfig.from(root.group("optim")),
        LrScheduleConfig.from(root.group("lr-schedule")),
        ModelEmaConfig.from(root.group("model-ema")),
        SwaConfig.from(root.group("swa")),
        AmpConfig.from(root.group("amp")),
        TrainConfig.from(root.group("train")),
        root.setting("stages", Parsers.list(Stage.parser(root.known()))),
        DistributionConfig.from(root.group("distribution")),
        ValidationConfig.from(root.group("validation"), attack.norm()),
        CheckpointConfig.from(root.group("checkpoint")),
        RecoveryConfig.from(root.group("recovery")),
        GuardConfig.from(root.group("guard")),
        DoctorConfig.from(root.group("doctor")),
        ReportConfig.from(root.group("report")),
        root.get("device", Parsers.matching(DEVICE, "cpu, cuda or cuda:<index>")));
  }

  /** Reports what values that are right by themselves make wrong together. */
  public void check(Reading reading) {
    model.check(reading);
    data.check(reading);
    mixup.check(reading);
    objective.check(reading);
    optim.check(reading);
    modelEma.check(reading);
    swa.check(reading);
    amp.check(reading);
    train.check(reading);
  }
}
