package io.robusttrain.app.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.launch.RunId;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.LearningRateSchedule;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From a configuration to numbers. */
class SchedulesTest {
  @Test
  void lightImagenetFollowsThePublishedValuesOverTheWholeRun() throws Exception {
    RunConfig config = ConfigLoader.load(List.of(Path.of("conf/recipes/light.conf")), List.of());
    JsonNode rates =
        golden("lr_schedules.json").path("xcit_adv_training (batch 512: 8 devices x 64)");
    JsonNode radii = golden("eps_schedules.json").path("imagenet 1k: linear, period 10");
    assertThat(config.totalEpochs()).isEqualTo(rates.path("total_epochs").intValue());
    for (int epoch = 0; epoch < config.totalEpochs(); epoch++) {
      assertThat(config.learningRateSchedule().value(epoch))
          .isCloseTo(rates.path("lr_per_epoch").get(epoch).doubleValue(), within(1e-18));
      assertThat(config.epsilonSchedule().radius(epoch))
          .isCloseTo(radii.path("eps_per_epoch").get(epoch).doubleValue(), within(1e-17));
    }
  }

  @Test
  void mapsEveryTypeAndScaling() {
    RunConfig step =
        load(
            "lr-schedule.type=step",
            "eps-schedule.type=sine",
            "optim.lr-scaling=linear",
            "train.global-batch=1024",
            "eps-schedule.step-on=step");
    assertThat(step.learningRateSchedule()).isInstanceOf(LearningRateSchedule.StepDecay.class);
    assertThat(step.learningRateSchedule().peak()).isEqualTo(1e-3);
    assertThat(step.epsilonSchedule()).isInstanceOf(EpsilonSchedule.Sine.class);
    assertThat(step.epsilonSchedule().radius(5)).isCloseTo(2 / 255.0, within(1e-17));
    assertThat(step.epsilonSchedule().radius(5.5)).isGreaterThan(2 / 255.0);
    RunConfig constant =
        load(
            "lr-schedule.type=constant",
            "eps-schedule.type=constant",
            "optim.lr-scaling=sqrt",
            "train.global-batch=2048");
    assertThat(constant.learningRateSchedule().value(50)).isEqualTo(1e-3);
    assertThat(constant.epsilonSchedule().radius(0)).isEqualTo(4 / 255.0);
  }

  @Test
  void runIdsNameModelDataAndTime() {
    Instant time = Instant.parse("2026-01-02T03:04:05Z");
    assertThat(RunId.of(load("data.path=hdfs://host/sets/flowers 102/"), time))
        .isEqualTo("xcit_small_12_p16_224-flowers_102-20260102-030405");
    assertThat(RunId.of(load("run.id=mine"), time)).isEqualTo("mine");
  }

  private static RunConfig load(String... overrides) {
    return ConfigLoader.load(List.of(), List.of(overrides));
  }

  private static JsonNode golden(String name) throws Exception {
    try (InputStream in = SchedulesTest.class.getResourceAsStream("/golden/training/" + name)) {
      return new ObjectMapper().readTree(in);
    }
  }
}
