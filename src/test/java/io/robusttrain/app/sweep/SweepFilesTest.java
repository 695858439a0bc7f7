package io.robusttrain.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.EpsScheduleConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.AutoAugment;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.sweep.Sweep;
import io.robusttrain.sweep.SweepFile;
import io.robusttrain.sweep.SweepRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sweeps that come with the project are the rows of the published ablations. */
class SweepFilesTest {
  private static final Path FOLDER = Path.of("conf/sweeps");

  @TempDir(factory = OddFolder.class)
  private Path runs;

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyRunIsAValidConfiguration(Path file) throws Exception {
    StringWriter out = new StringWriter();
    SweepLauncher launcher =
        new SweepLauncher(
            arguments -> {
              throw new AssertionError("a dry run starts nothing");
            },
            new Configuration(),
            new PrintWriter(out));
    launcher.list(file, List.of("run.dir=" + runs));
    assertThat(out.toString()).contains("pending");
  }

  @Test
  void weightDecayTakesThePublishedValues() {
    assertThat(configs("weight-decay"))
        .map(config -> config.optim().weightDecay())
        .containsExactly(0.0, 0.001, 0.01, 0.05, 0.1, 0.5, 1.0);
    assertThat(configs("weight-decay"))
        .allMatch(config -> config.epsSchedule().period() == 20 && heavy(config).equals("----"));
  }

  @Test
  void epsilonWarmUpTakesThePublishedPeriods() {
    assertThat(configs("eps-warmup"))
        .map(
            config ->
                config.epsSchedule().type() == EpsScheduleConfig.Type.CONSTANT
                    ? 0
                    : config.epsSchedule().period())
        .containsExactly(0, 5, 10, 20, 30);
    assertThat(configs("eps-warmup"))
        .allMatch(config -> heavy(config).equals("MCRE") && config.optim().weightDecay() == 0.05);
  }

  @Test
  void architectureNamesTheComparedModels() {
    assertThat(configs("architecture"))
        .map(config -> config.model().name())
        .containsExactly(
            "deit_small_patch16_224",
            "cait_s12_224",
            "xcit_nano_12_p16_224",
            "xcit_small_12_p16_224");
    assertThat(configs("architecture"))
        .allMatch(
            config ->
                heavy(config).equals("MCRE")
                    && config.epsSchedule().type() == EpsScheduleConfig.Type.CONSTANT);
  }

  @Test
  void augmentationCombinesEveryHeavyOne() {
    assertThat(configs("augmentation"))
        .map(SweepFilesTest::heavy)
        .containsExactly(
            "---E", "----", "M---", "M--E", "MC--", "--R-", "--RE", "MC-E", "M-R-", "-C--", "MCR-",
            "-C-E", "M-RE", "MCRE", "-CR-", "-CRE");
    assertThat(configs("augmentation"))
        .allMatch(
            config -> config.epsSchedule().period() == 20 && config.optim().weightDecay() == 0.05);
  }

  @Test
  void fineTuningPeaksAtTheLearningRateThatItSets() {
    assertThat(configs("cifar10-finetune"))
        .hasSize(24)
        .allMatch(config -> config.learningRateSchedule().peak() == config.optim().lr());
  }

  /** MixUp, CutMix, RandAugment, random erasing. */
  private static String heavy(RunConfig config) {
    return (config.mixup().alpha() == 0.8 ? "M" : "-")
        + (config.mixup().cutmixAlpha() == 1 ? "C" : "-")
        + (config.augment().aa().orElse(null) instanceof AutoAugment.Rand ? "R" : "-")
        + (config.augment().reprob() == 0.25 ? "E" : "-");
  }

  private static List<RunConfig> configs(String name) {
    Sweep sweep = SweepFile.read(FOLDER.resolve(name + ".conf"));
    List<RunConfig> configs = new ArrayList<>();
    for (SweepRun run : sweep.runs()) {
      List<String> overrides = new ArrayList<>(sweep.common());
      overrides.addAll(run.arguments());
      configs.add(ConfigLoader.load(sweep.base(), overrides));
    }
    return configs;
  }
}
