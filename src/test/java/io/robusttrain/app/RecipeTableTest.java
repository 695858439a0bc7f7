package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.AugmentConfig;
import io.robusttrain.config.EpsScheduleConfig;
import io.robusttrain.config.LrScheduleConfig;
import io.robusttrain.config.MixupConfig;
import io.robusttrain.config.ObjectiveConfig;
import io.robusttrain.config.OptimConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.AutoAugment;
import io.robusttrain.config.value.Normalization;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.objective.Criterion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recipe file against the published settings, cell by cell. The batch is that of one device;
 * the published runs had eight of them. Rates are those after scaling to the global batch,
 * RandAugment is written out in full.
 */
class RecipeTableTest {
  private static final int DEVICES = 8;
  private static final Path FOLDER = Path.of("conf/recipes");

  private static final String HEADER =
      "file | model | adv | eps/255 | steps | eps sched / period | batch | epochs + cooldown | LR / warm-up / min | warm-up epochs | sched | opt | wd | drop path | jitter | RRC | mixup / cutmix / RA / RE | smoothing | normalisation";

  private static final String TABLE =
      """
      light | xcit_small_12_p16_224 | pgd | 4 | 1 | linear / 10 | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.5 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      light-eps8 | xcit_small_12_p16_224 | pgd | 8 | 2 | linear / 10 | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.5 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      light-l12 | xcit_large_12_p16_224 | pgd | 4 | 2 | linear / 10 | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.5 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      light-poolformer | poolformer_m12 | pgd | 4 | 1 | linear / 10 | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.05 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      light-l2 | xcit_small_12_p16_224 | pgd l2 | 765 | 1 | linear / 10 | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.5 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      imagenet100-nano | xcit_nano_12_p16_224 | pgd | 4 | 1 | linear / 20 | 128 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.05 | 0 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      resnet50-gelu | resnet50_gelu | pgd | 4 | 1 | linear / 10 | 64 | 100 + 0 | 3.2 / 3.2 / - | 5 | step x0.1 every 30 | sgd nesterov 0.9 | 1e-4 | 0 | 0 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | 0.5/0.5
      standard | xcit_small_12_p16_224 | none | - | - | - | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 5 | cosine | adamw | 0.05 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0.8/1/rand-m9-n2-p0.5-mstd0.5-mmax10-inc1/0.25 pixel | 0.1 | none
      canonical | xcit_small_12_p16_224 | pgd | 4 | 1 | constant | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 5 | cosine | adamw | 0.05 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0.8/1/rand-m9-n2-p0.5-mstd0.5-mmax10-inc1/0.25 pixel | 0.1 | none
      canonical-warmup | xcit_small_12_p16_224 | pgd | 4 | 1 | linear / 10 | 64 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 5 | cosine | adamw | 0.05 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0.8/1/rand-m9-n2-p0.5-mstd0.5-mmax10-inc1/0.25 pixel | 0.1 | none
      imagenet100-nano-standard | xcit_nano_12_p16_224 | none | - | - | - | 128 | 100 + 10 | 5e-4 / 1e-6 / 1e-5 | 10 | cosine | adamw | 0.05 | 0 | 0.4 | .08-1 / 3/4-4/3 | 0.8/0/-/0 | 0.1 | none
      hires-finetune | xcit_small_12_p16_224 | pgd | 8 | 1 | constant | 64 | 20 + 10 | 5e-5 / 1e-6 / 5e-6 | 5 | cosine | adamw | 0.5 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | 0.5/0.5
      hires-finetune-standard | xcit_small_12_p16_224 | none | - | - | - | 64 | 20 + 10 | 5e-5 / 1e-6 / 5e-6 | 5 | cosine | adamw | 0.05 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0.8/1/rand-m9-n2-p0.5-mstd0.5-mmax10-inc1/0.25 pixel | 0.1 | 0.5/0.5
      cifar10-finetune | xcit_small_12_p4_32 | trades 6 | 8 | 10 | constant | 128 | 20 + 2 | 2.828e-4 / 1e-6 / 5e-6 | 5 | cosine | adamw | 0.5 | 0.05 | 0.25 | crop 32 padding 4, rotation 2 | 0/0/-/0 | 0 | CIFAR-10
      cifar100-finetune | xcit_small_12_p4_32 | trades 6 | 8 | 10 | constant | 128 | 20 + 2 | 2.828e-4 / 1e-6 / 5e-6 | 5 | cosine | adamw | 0.5 | 0.05 | 0.25 | crop 32 padding 4, rotation 2 | 0/0/-/0 | 0 | CIFAR-100
      cifar10-scratch | xcit_small_12_p4_32 | trades 6 | 8 | 10 | constant | 64 | 100 + 2 | 2e-4 / 1e-6 / 5e-6 | 5 | cosine | adamw | 0.5 | 0.05 | 0 | 0.8-1.2 / 0.95-1.05 | 0/0/-/0.2 pixel | 0 | CIFAR-10
      cifar10-finetune-standard | xcit_small_12_p4_32 | none | - | - | - | 64 | 30 + 10 | 5e-5 / 1e-6 / 5e-6 | 5 | cosine | adamw | 0.5 | 0.05 | 0.4 | .08-1 / 3/4-4/3 | 0/0/-/0 | 0.1 | none
      imagenet100-nano-finetune | xcit_nano_12_p16_224 | pgd | 8 | 1 | constant | 128 | 100 + 10 | 5e-3 / 1e-6 / 1e-5 | 10 | cosine | sgd nesterov 0.9 | 0.05 | 0 | 0.4 | .08-1 / 3/4-4/3 | 0.8/1/rand-m9-n2-p0.5-mstd0.5-mmax10-inc1/0.25 pixel | 0.1 | none
      """;

  static List<String> rows() {
    return TABLE.lines().toList();
  }

  @Test
  void everyRecipeHasARow() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(rows())
          .map(row -> cells(row).get(0) + ".conf")
          .containsExactlyInAnyOrderElementsOf(
              files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void everyCellIsAsPublished(String row) {
    List<String> expected = cells(row);
    List<String> columns = cells(HEADER);
    List<String> actual = cells(expected.get(0), load(expected.get(0)));
    assertThat(actual).hasSameSizeAs(columns);
    for (int i = 0; i < columns.size(); i++) {
      assertThat(actual.get(i)).as(columns.get(i)).isEqualTo(expected.get(i));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void whatIsCommonToAllIs(String row) {
    RunConfig config = load(cells(row).get(0));
    assertThat(config.run().seed()).isEqualTo(42);
    assertThat(config.augment().hflip()).isEqualTo(0.5);
    assertThat(config.augment().vflip()).isZero();
    assertThat(config.augment().repeats()).isEqualTo(1);
    assertThat(config.augment().interpolation()).isEqualTo(Interpolation.BICUBIC);
    assertThat(config.optim().betas()).containsExactly(0.9, 0.999);
    assertThat(config.optim().eps()).isEqualTo(1e-8);
    assertThat(config.optim().clipGradNorm().isSet()).isFalse();
    assertThat(config.optim().layerDecay().isSet()).isFalse();
    assertThat(config.modelEma().decay().isSet()).isFalse();
    assertThat(config.mixup().mode()).isEqualTo(MixupConfig.Mode.BATCH);
    assertThat(config.mixup().prob()).isEqualTo(1);
    assertThat(config.mixup().switchProb()).isEqualTo(0.5);
    assertThat(config.attack().stepSize().isSet()).isFalse();
    assertThat(config.attack().start()).isEqualTo(AttackConfig.Start.RANDOM);
    assertThat(config.epsSchedule().zeroEpochs()).isZero();
    assertThat(config.objective().loss()).isEqualTo(Criterion.Loss.CE);
    assertThat(config.train().globalBatch()).isEqualTo(DEVICES * config.train().microBatch());
  }

  @Test
  void fineTuningStartsFromAModelAndReplacesTheHead() {
    for (String name : List.of("hires-finetune", "cifar10-finetune", "cifar100-finetune")) {
      RunConfig config = load(name);
      assertThat(config.model().initialCheckpoint().get()).isEqualTo("runs/light-eps8");
      assertThat(config.model().initial().head().name()).isEqualTo("REPLACE");
    }
  }

  private static List<String> cells(String name, RunConfig config) {
    boolean attacked = config.objective().type() != ObjectiveConfig.Type.STANDARD;
    LrScheduleConfig lr = config.lrSchedule();
    boolean cosine = lr.type() == LrScheduleConfig.Type.COSINE;
    return List.of(
        name,
        config.model().name(),
        adversary(config),
        attacked ? number(config.attack().writtenEpsilon() * 255) : "-",
        attacked ? Integer.toString(config.attack().steps()) : "-",
        attacked ? epsSchedule(config.epsSchedule()) : "-",
        Integer.toString(config.train().microBatch()),
        config.train().epochs() + " + " + (config.totalEpochs() - config.train().epochs()),
        "%s / %s / %s"
            .formatted(
                rate(config.learningRateSchedule().peak()),
                rate(lr.warmupLr()),
                cosine ? rate(lr.minLr()) : "-"),
        Integer.toString(lr.warmupEpochs()),
        cosine ? "cosine" : "step x%s every %d".formatted(number(lr.decayRate()), lr.decayEpochs()),
        optimizer(config.optim()),
        config.optim().weightDecay() < 1e-3
            ? rate(config.optim().weightDecay())
            : number(config.optim().weightDecay()),
        number(config.model().dropPath()),
        number(config.augment().colorJitter()),
        crop(config),
        heavy(config),
        number(config.objective().smoothing()),
        normalization(config));
  }

  private static String adversary(RunConfig config) {
    return switch (config.objective().type()) {
      case STANDARD -> "none";
      case ADVERSARIAL -> config.attack().norm() == ThreatModel.Norm.L2 ? "pgd l2" : "pgd";
      case TRADES -> "trades " + number(config.objective().beta().get());
      default -> config.objective().type().name();
    };
  }

  private static String epsSchedule(EpsScheduleConfig schedule) {
    return switch (schedule.type()) {
      case CONSTANT -> "constant";
      case LINEAR -> "linear / " + schedule.period();
      case SINE -> "sine / " + schedule.period();
    };
  }

  private static String optimizer(OptimConfig optim) {
    return switch (optim.type()) {
      case ADAMW -> "adamw";
      case SGD -> "sgd" + (optim.nesterov() ? " nesterov " : " ") + number(optim.momentum());
    };
  }

  private static String crop(RunConfig config) {
    AugmentConfig augment = config.augment();
    if (augment.cropPadding().isSet()) {
      return "crop %d padding %d, rotation %s"
          .formatted(
              config.model().imgSize(), augment.cropPadding().get(), number(augment.rotation()));
    }
    assertThat(augment.rotation()).isZero();
    String scale =
        augment.scale().low() == 0.08 && augment.scale().high() == 1
            ? ".08-1"
            : number(augment.scale().low()) + "-" + number(augment.scale().high());
    String ratio =
        augment.ratio().low() == 3 / 4.0 && augment.ratio().high() == 4 / 3.0
            ? "3/4-4/3"
            : number(augment.ratio().low()) + "-" + number(augment.ratio().high());
    return scale + " / " + ratio;
  }

  private static String heavy(RunConfig config) {
    AugmentConfig augment = config.augment();
    String erasing =
        augment.reprob() == 0
            ? "0"
            : number(augment.reprob()) + " " + augment.remode().name().toLowerCase(Locale.ROOT);
    return "%s/%s/%s/%s"
        .formatted(
            number(config.mixup().alpha()),
            number(config.mixup().cutmixAlpha()),
            augment.aa().toOptional().map(AutoAugment::text).orElse("-"),
            erasing);
  }

  private static String normalization(RunConfig config) {
    if (!config.model().normalize().isSet()) {
      return "none";
    }
    Normalization.Constants constants = (Normalization.Constants) config.model().normalize().get();
    if (constants.equals(
        new Normalization.Constants(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5)))) {
      return "0.5/0.5";
    }
    if (constants.equals(
        new Normalization.Constants(
            List.of(0.4914, 0.4822, 0.4465), List.of(0.2471, 0.2435, 0.2616)))) {
      return "CIFAR-10";
    }
    return constants.equals(
            new Normalization.Constants(
                List.of(0.5071, 0.4867, 0.4408), List.of(0.2675, 0.2565, 0.2761)))
        ? "CIFAR-100"
        : constants.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /** With at most four digits: 5e-4, 2.828e-4. */
  private static String rate(double value) {
    if (value >= 1) {
      return number(value);
    }
    String text = String.format(Locale.ROOT, "%.3e", value).replaceAll("\\.?0*e-0?", "e-");
    return text;
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.split("\\|")).map(String::strip).toList();
  }

  private static RunConfig load(String name) {
    return ConfigLoader.load(List.of(Path.of("conf/recipes", name + ".conf")), List.of());
  }
}
