package io.robusttrain.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.AutoAugment;
import io.robusttrain.config.value.ModelArguments;
import io.robusttrain.config.value.Normalization;
import io.robusttrain.config.value.Range;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Stage;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.transform.Filling;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.RandomErasing;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateScaling;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Every key of a file reaches its component. */
public class RecordMappingTest {
  public static final Path EVERY_KEY = Path.of("src/test/resources/every-key.conf");

  private final RunConfig config = ConfigLoader.load(List.of(EVERY_KEY), List.of());

  @Test
  void keysOfRunModelAndDataReachTheirComponents() {
    assertThat(config.run())
        .isEqualTo(
            new RunSection(
                Setting.of("trial-1"),
                "hdfs:///runs",
                7,
                Setting.of(List.of("optim.lr", "train.epochs")),
                Duration.ofMinutes(5)));
    assertThat(config.model())
        .isEqualTo(
            new ModelConfig(
                "xcit_tiny_12_p8_224",
                Setting.of(100),
                64,
                0.1,
                0.25,
                TokenDropping.Mode.BLOCK,
                Setting.of(96),
                Setting.of(6),
                Setting.of(4),
                Setting.of(8),
                Setting.of(List.of(1, 2, 2, 2)),
                Setting.of(0.5),
                Setting.of(
                    new Normalization.Constants(List.of(0.1, 0.2, 0.3), List.of(0.4, 0.5, 0.5))),
                Setting.of(
                    new ModelArguments(
                        new TreeMap<>(
                            Map.of(
                                "mlp_ratio",
                                2.5,
                                "depths",
                                List.of(1, 2),
                                "act_layer",
                                "gelu",
                                "cls_attn_layers",
                                1,
                                "tokens_norm",
                                false)))),
                Setting.of("weights.safetensors"),
                new InitialConfig(
                    false,
                    AdaptationOptions.Layer.REPLACE,
                    AdaptationOptions.Layer.REPLACE,
                    Setting.of("state_dict_ema"),
                    false)));
    assertThat(config.data())
        .isEqualTo(
            new DataConfig(
                "/images",
                "a",
                "b",
                "img",
                "fine_label",
                ExifOrientation.APPLY,
                DataConfig.Shuffle.BLOCKS,
                99,
                256L << 20,
                Setting.of(3),
                5,
                LastBatch.DROP,
                new ExtraDataConfig(Setting.of("/drawn"), "c", 0.25),
                SampleRules.OnError.SKIP,
                0.02,
                4_000_000,
                3_000_000));
    assertThat(config.data().columns()).isEqualTo(new ImageColumns("img", "fine_label"));
    assertThat(config.data().sampleRules())
        .isEqualTo(
            new SampleRules(
                SampleRules.OnError.SKIP, 0.02, 4_000_000, 3_000_000, ExifOrientation.APPLY));
    assertThat(config.device()).isEqualTo("cuda:1");
  }

  @Test
  void keysOfAugmentationAndAttackReachTheirComponents() {
    assertThat(config.augment())
        .isEqualTo(
            new AugmentConfig(
                new Range(0.5, 0.75),
                new Range(0.5, 2),
                0,
                0.25,
                Interpolation.BILINEAR,
                Setting.of(4),
                Setting.of(0.9),
                0.125,
                Setting.of(new AutoAugment.Rand(9, 2, 0.5, 0.5, 10, true)),
                Setting.of(Filling.Kernels.RANDOM),
                2,
                0.25,
                RandomErasing.Mode.RAND,
                3,
                AugmentConfig.ErasingVersion.TIMM,
                4,
                6));
    assertThat(config.attack())
        .isEqualTo(
            new AttackConfig(
                ThreatModel.Norm.L2,
                512,
                2,
                Setting.of(1.5),
                AttackConfig.Start.PREVIOUS,
                AttackTarget.NONE,
                TrainingAttack.Mode.TRAIN,
                AttackConfig.Compat.PAPER,
                new AttackConfig.Guided(Setting.open(), 0.3, -0.1)));
    assertThat(config.attack().epsilon()).isEqualTo(512 / 255.0);
    assertThat(config.attack().resolvedStepSize()).isEqualTo(1.5 / 255.0);
    assertThat(config.mixup())
        .isEqualTo(new MixupConfig(0.8, 1, 0.9, 0.4, MixupConfig.Mode.BATCH, Setting.of(90)));
    assertThat(config.mixup().on()).isTrue();
    assertThat(config.epsSchedule())
        .isEqualTo(new EpsScheduleConfig(EpsScheduleConfig.Type.SINE, 20, 1, Granularity.STEP));
  }

  @Test
  void keysOfObjectiveAndOptimiserReachTheirComponents() {
    assertThat(config.objective())
        .isEqualTo(
            new ObjectiveConfig(
                ObjectiveConfig.Type.HAT,
                Criterion.Loss.BCE,
                0.2,
                false,
                Setting.of(3.5),
                Setting.of(0.25),
                Setting.of("standard.safetensors"),
                Setting.of(3.0),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                Setting.open(),
                new AwpConfig(Setting.of(0.005), 3)));
    assertThat(config.objective().resolvedBeta()).isEqualTo(3.5);
    assertThat(config.optim())
        .isEqualTo(
            new OptimConfig(
                OptimConfig.Type.SGD,
                0.1,
                LearningRateScaling.SQRT,
                256,
                1e-4,
                List.of(0.8, 0.99),
                1e-7,
                0.8,
                false,
                Setting.of(1.0),
                Setting.of(0.75),
                Setting.of(List.of("patch_embed", "blocks.0")),
                Setting.of("blocks.2")));
    assertThat(config.lrSchedule())
        .isEqualTo(
            new LrScheduleConfig(
                LrScheduleConfig.Type.STEP, 2, 1e-3, 1e-4, 3, 15, 0.5, Granularity.STEP));
    assertThat(config.modelEma()).isEqualTo(new ModelEmaConfig(Setting.of(0.999), true, 2));
    assertThat(config.swa())
        .isEqualTo(new SwaConfig(Setting.of(40), Setting.of(55), Granularity.STEP));
    assertThat(config.amp())
        .isEqualTo(
            new AmpConfig(
                Setting.of(Precision.BF16),
                Precision.BF16,
                AmpConfig.Slower.FAIL,
                Fp32Precision.TF32));
    assertThat(config.totalEpochs()).as("only the cosine cools down").isEqualTo(60);
  }

  @Test
  void keysOfSingleStepObjectivesReachTheirComponents() {
    ObjectiveConfig noisy =
        of("objective.type=n-fgsm", "objective.noise=1.5", "objective.noise-step=1.25");
    assertThat(noisy.type()).isEqualTo(ObjectiveConfig.Type.N_FGSM);
    assertThat(noisy.resolvedNoise()).isEqualTo(1.5);
    assertThat(noisy.resolvedNoiseStep()).isEqualTo(1.25);
    assertThat(of("objective.type=grad-align", "objective.lambda=0.5").resolvedLambda())
        .isEqualTo(0.5);
    assertThat(of("objective.type=free", "objective.replays=4").resolvedReplays()).isEqualTo(4);
  }

  private static ObjectiveConfig of(String... overrides) {
    return ConfigLoader.load(List.of(), List.of(overrides)).objective();
  }

  @Test
  void keysOfTrainingAndItsSurroundingsReachTheirComponents() {
    assertThat(config.train())
        .isEqualTo(new TrainConfig(60, 96, 24, Setting.of(1000L), Setting.of(List.of(20, 40))));
    assertThat(config.train().microBatchesPerStep()).isEqualTo(4);
    assertThat(config.stages().get())
        .containsExactly(
            new Stage(45, List.of(), new TreeMap<>(Map.of("model.img-size", "32"))),
            new Stage(
                15, List.of(Stage.Restart.LR_SCHEDULE), new TreeMap<>(Map.of("optim.lr", "0.05"))));
    assertThat(config.distribution())
        .isEqualTo(
            new DistributionConfig(
                Setting.of(DistributionConfig.Engine.BIGDL),
                Setting.of(2),
                DistributionConfig.Replicas.CORE,
                Setting.of(4),
                DistributionConfig.Compression.FP16,
                Setting.of(List.of(40_000, 40_099)),
                Setting.of(false)));
    assertThat(config.validation())
        .isEqualTo(new ValidationConfig(5, Setting.of(128.0), Setting.of(10), 32, Setting.of(11L)));
    assertThat(config.validationEpsilon()).isEqualTo(128 / 255.0);
    assertThat(config.validationSteps()).isEqualTo(10);
    assertThat(config.validationStepSize()).isEqualTo(1.5 * (128 / 255.0) / 10);
    assertThat(config.validationSeed()).isEqualTo(11);
    assertThat(config.checkpoint())
        .isEqualTo(
            new CheckpointConfig(
                2,
                Setting.of(500L),
                Duration.ofSeconds(90),
                1,
                Setting.of(10),
                Setting.of(CommitProtocol.FILE)));
    assertThat(config.recovery())
        .isEqualTo(
            new RecoveryConfig(
                2,
                Duration.ofMinutes(5),
                3,
                Setting.of(Duration.ofSeconds(90)),
                Duration.ofMinutes(2),
                Duration.ofMinutes(3)));
    assertThat(config.report()).isEqualTo(new ReportConfig(100, false, false));
  }

  @Test
  void keysOfTheDoctorReachTheirComponents() {
    assertThat(config.doctor())
        .isEqualTo(new DoctorConfig(DoctorConfig.Action.WARN, DoctorConfig.Network.OFF));
  }

  @Test
  void keysOfGuardsReachTheirComponents() {
    assertThat(config.guard())
        .isEqualTo(
            new GuardConfig(
                0,
                1,
                new GuardConfig.Probe(Setting.of(500L), 32, 20, 0.3, GuardConfig.Action.ROLLBACK),
                new GuardConfig.NoLearning(Setting.of(7), GuardConfig.Action.STOP),
                new GuardConfig.LossSpike(2.5, 20, GuardConfig.Action.OFF)));
    assertThat(config.noLearningAfter()).isEqualTo(7);
  }
}
