package io.robusttrain.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.Range;
import io.robusttrain.config.value.Setting;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.RandomErasing;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateScaling;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.Precision;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The defaults are the light recipe. */
class RecordDefaultsTest {
  private final RunConfig config = ConfigLoader.defaults();

  @Test
  void theDefaultsOfRunModelAndDataAreThoseOfTheRecipe() {
    assertThat(config.run())
        .isEqualTo(
            new RunSection(Setting.open(), "runs", 42, Setting.open(), Duration.ofSeconds(60)));
    assertThat(config.model())
        .isEqualTo(
            new ModelConfig(
                "xcit_small_12_p16_224",
                Setting.open(),
                224,
                0.05,
                0,
                TokenDropping.Mode.RANDOM,
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                new InitialConfig(
                    true,
                    AdaptationOptions.Layer.KEEP,
                    AdaptationOptions.Layer.KEEP,
                    Setting.open(),
                    true)));
    assertThat(config.data())
        .isEqualTo(
            new DataConfig(
                "data/imagenet",
                "train",
                "validation",
                "image",
                "label",
                ExifOrientation.IGNORE,
                DataConfig.Shuffle.AUTO,
                16384,
                1_000_000_000,
                Setting.open(),
                2,
                LastBatch.KEEP,
                new ExtraDataConfig(Setting.open(), "train", 0.5),
                SampleRules.OnError.FAIL,
                0.001,
                178_956_970,
                128_000_000));
    assertThat(config.device()).isEqualTo("cpu");
  }

  @Test
  void theDefaultsOfAugmentationAndAttackAreThoseOfTheRecipe() {
    assertThat(config.augment())
        .isEqualTo(
            new AugmentConfig(
                new Range(0.08, 1),
                new Range(3 / 4.0, 4 / 3.0),
                0.5,
                0.4,
                Interpolation.BICUBIC,
                Setting.open(),
                Setting.open(),
                0,
                Setting.open(),
                Setting.open(),
                0,
                0,
                RandomErasing.Mode.PIXEL,
                1,
                AugmentConfig.ErasingVersion.PAPER,
                1,
                0));
    assertThat(config.attack())
        .isEqualTo(
            new AttackConfig(
                ThreatModel.Norm.LINF,
                4 / 255.0,
                1,
                Setting.open(),
                AttackConfig.Start.RANDOM,
                AttackTarget.NONE,
                TrainingAttack.Mode.EVAL,
                AttackConfig.Compat.NONE,
                new AttackConfig.Guided(Setting.open(), 0.1, 0.05)));
    assertThat(config.mixup())
        .isEqualTo(new MixupConfig(0, 0, 1, 0.5, MixupConfig.Mode.BATCH, Setting.open()));
    assertThat(config.mixup().on()).isFalse();
    assertThat(config.attack().resolvedStepSize()).isEqualTo(1.5 * (4 / 255.0));
    assertThat(config.epsSchedule())
        .isEqualTo(new EpsScheduleConfig(EpsScheduleConfig.Type.LINEAR, 10, 0, Granularity.EPOCH));
  }

  @Test
  void theDefaultsOfObjectiveAndOptimiserAreThoseOfTheRecipe() {
    assertThat(config.objective())
        .isEqualTo(
            new ObjectiveConfig(
                ObjectiveConfig.Type.ADVERSARIAL,
                Criterion.Loss.CE,
                0.1,
                false,
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                new AwpConfig(Setting.open(), 0)));
    assertThat(config.objective().resolvedNoise()).isEqualTo(2);
    assertThat(config.objective().resolvedNoiseStep()).isEqualTo(1);
    assertThat(config.objective().resolvedLambda()).isEqualTo(0.2);
    assertThat(config.objective().resolvedReplays()).isEqualTo(8);
    assertThat(config.objective().resolvedBeta()).isEqualTo(6);
    assertThat(config.objective().resolvedGamma()).isEqualTo(0.5);
    assertThat(config.objective().resolvedHelperStretch()).isEqualTo(2);
    assertThat(config.optim())
        .isEqualTo(
            new OptimConfig(
                OptimConfig.Type.ADAMW,
                5e-4,
                LearningRateScaling.NONE,
                512,
                0.5,
                List.of(0.9, 0.999),
                1e-8,
                0.9,
                true,
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open()));
    assertThat(config.lrSchedule())
        .isEqualTo(
            new LrScheduleConfig(
                LrScheduleConfig.Type.COSINE, 10, 1e-6, 1e-5, 10, 30, 0.1, Granularity.EPOCH));
    assertThat(config.modelEma()).isEqualTo(new ModelEmaConfig(Setting.open(), false, 0));
    assertThat(config.swa())
        .isEqualTo(new SwaConfig(Setting.open(), Setting.open(), Granularity.EPOCH));
    assertThat(config.amp())
        .isEqualTo(
            new AmpConfig(
                Setting.open(), Precision.FP32, AmpConfig.Slower.WARN, Fp32Precision.IEEE));
    assertThat(config.totalEpochs()).isEqualTo(110);
  }

  @Test
  void theDefaultsOfTrainingAndItsSurroundingsAreThoseOfTheReference() {
    assertThat(config.train())
        .isEqualTo(new TrainConfig(100, 512, 32, Setting.open(), Setting.open()));
    assertThat(config.stages()).isEqualTo(Setting.open());
    assertThat(config.distribution())
        .isEqualTo(
            new DistributionConfig(
                Setting.open(),
                Setting.open(),
                DistributionConfig.Replicas.EXECUTOR,
                Setting.open(),
                DistributionConfig.Compression.NONE,
                Setting.open(),
                Setting.open()));
    assertThat(config.distribution().chosenEngine()).isEqualTo(DistributionConfig.Engine.BIGDL);
    assertThat(config.validation())
        .isEqualTo(new ValidationConfig(1, Setting.open(), Setting.open(), 64, Setting.open()));
    assertThat(config.validationEpsilon()).isEqualTo(4 / 255.0);
    assertThat(config.validationSteps()).isEqualTo(1);
    assertThat(config.validationStepSize()).isEqualTo(1.5 * (4 / 255.0));
    assertThat(config.validationSeed()).isEqualTo(42);
    assertThat(config.checkpoint())
        .isEqualTo(
            new CheckpointConfig(
                1, Setting.open(), Duration.ofMinutes(10), 3, Setting.open(), Setting.open()));
    assertThat(config.recovery())
        .isEqualTo(
            new RecoveryConfig(
                5,
                Duration.ofSeconds(30),
                1,
                Setting.open(),
                Duration.ofSeconds(25),
                Duration.ofMinutes(10)));
    assertThat(config.report()).isEqualTo(new ReportConfig(1, true, true));
  }

  @Test
  void theDoctorRefusesByDefault() {
    assertThat(config.doctor())
        .isEqualTo(new DoctorConfig(DoctorConfig.Action.FAIL, DoctorConfig.Network.AUTO));
  }

  @Test
  void guardsWarnByDefault() {
    assertThat(config.guard())
        .isEqualTo(
            new GuardConfig(
                3,
                3,
                new GuardConfig.Probe(Setting.open(), 64, 10, 0.2, GuardConfig.Action.WARN),
                new GuardConfig.NoLearning(Setting.open(), GuardConfig.Action.WARN),
                new GuardConfig.LossSpike(3, 50, GuardConfig.Action.WARN)));
    assertThat(config.noLearningAfter()).as("both warm-ups take 10 epochs").isEqualTo(10);
  }
}
