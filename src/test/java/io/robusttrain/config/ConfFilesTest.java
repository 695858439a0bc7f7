package io.robusttrain.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.Range;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateScaling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The configurations that come with the project. */
class ConfFilesTest {
  static List<Path> files() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String folder : List.of("conf", "conf/recipes")) {
      try (Stream<Path> files = Files.list(Path.of(folder))) {
        files.filter(file -> file.toString().endsWith(".conf")).sorted().forEach(all::add);
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("files")
  void loadsWithoutProblems(Path file) {
    RunConfig config = ConfigLoader.load(List.of(file), List.of());
    assertThat(config.epsSchedule().period()).isLessThan(config.train().epochs());
  }

  @Test
  void lightIsTheRecipeAsPublished() {
    RunConfig config = load("light");
    assertThat(config.run().seed()).isEqualTo(42);
    assertThat(config.model().name()).isEqualTo("xcit_small_12_p16_224");
    assertThat(config.model().imgSize()).isEqualTo(224);
    assertThat(config.attack().norm()).isEqualTo(ThreatModel.Norm.LINF);
    assertThat(config.attack().writtenEpsilon()).isEqualTo(4 / 255.0);
    assertThat(config.attack().steps()).isEqualTo(1);
    assertThat(config.attack().resolvedStepSize()).isEqualTo(1.5 * 4 / 255);
    assertThat(config.attack().start()).isEqualTo(AttackConfig.Start.RANDOM);
    assertThat(config.epsSchedule())
        .isEqualTo(new EpsScheduleConfig(EpsScheduleConfig.Type.LINEAR, 10, 0, Granularity.EPOCH));
    assertThat(config.train().microBatch()).isEqualTo(64);
    assertThat(config.train().globalBatch()).isEqualTo(8 * 64);
    assertThat(config.train().epochs()).isEqualTo(100);
    assertThat(config.lrSchedule().cooldownEpochs()).isEqualTo(10);
    assertThat(config.optim().lr()).isEqualTo(5e-4);
    assertThat(config.optim().lrScaling()).isEqualTo(LearningRateScaling.NONE);
    assertThat(config.lrSchedule().warmupLr()).isEqualTo(1e-6);
    assertThat(config.lrSchedule().minLr()).isEqualTo(1e-5);
    assertThat(config.lrSchedule().warmupEpochs()).isEqualTo(10);
    assertThat(config.lrSchedule().type()).isEqualTo(LrScheduleConfig.Type.COSINE);
    assertThat(config.lrSchedule().stepOn()).isEqualTo(Granularity.EPOCH);
    assertThat(config.optim().type()).isEqualTo(OptimConfig.Type.ADAMW);
    assertThat(config.optim().betas()).containsExactly(0.9, 0.999);
    assertThat(config.optim().eps()).isEqualTo(1e-8);
    assertThat(config.optim().weightDecay()).isEqualTo(0.5);
    assertThat(config.optim().clipGradNorm().isSet()).isFalse();
    assertThat(config.model().dropPath()).isEqualTo(0.05);
    assertThat(config.augment().colorJitter()).isEqualTo(0.4);
    assertThat(config.augment().scale()).isEqualTo(new Range(0.08, 1));
    assertThat(config.augment().ratio()).isEqualTo(new Range(3 / 4.0, 4 / 3.0));
    assertThat(config.augment().hflip()).isEqualTo(0.5);
    assertThat(config.augment().interpolation()).isEqualTo(Interpolation.BICUBIC);
    assertThat(config.augment().cropPadding().isSet()).isFalse();
    assertThat(config.objective().smoothing()).isEqualTo(0.1);
    assertThat(config.model().normalize().isSet()).isFalse();
  }

  @Test
  void imagenet100NanoIsTheAblationBase() {
    RunConfig config = load("imagenet100-nano");
    assertThat(config.model().name()).isEqualTo("xcit_nano_12_p16_224");
    assertThat(config.epsSchedule().period()).isEqualTo(20);
    assertThat(config.train().microBatch()).isEqualTo(128);
    assertThat(config.train().globalBatch()).isEqualTo(1024);
    assertThat(config.totalEpochs()).isEqualTo(110);
    assertThat(config.optim().lr()).isEqualTo(5e-4);
    assertThat(config.optim().weightDecay()).isEqualTo(0.05);
    assertThat(config.model().dropPath()).isZero();
    assertThat(config.attack()).isEqualTo(load("light").attack());
    assertThat(config.augment()).isEqualTo(load("light").augment());
  }

  private static RunConfig load(String name) {
    return ConfigLoader.load(List.of(Path.of("conf/recipes", name + ".conf")), List.of());
  }
}
