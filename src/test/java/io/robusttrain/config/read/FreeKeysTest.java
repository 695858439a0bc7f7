package io.robusttrain.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import io.robusttrain.config.RunConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which keys change no result. A key that is not listed changes it. */
class FreeKeysTest {
  private static final List<String> OF_RUN =
      List.of(
          "checkpoint.commit",
          "checkpoint.every-steps",
          "checkpoint.every-time",
          "checkpoint.keep",
          "checkpoint.keep-every",
          "data.decode-threads",
          "data.prefetch-steps",
          "distribution.engine",
          "distribution.executors",
          "distribution.overlap",
          "distribution.ports",
          "distribution.replicas",
          "distribution.threads",
          "doctor",
          "recovery",
          "report",
          "run.allow-changed",
          "run.lease",
          "train.keep-epochs");

  private static final List<String> OF_STEP_ONLY =
      List.of(
          "checkpoint.every",
          "data.max-encoded-bytes",
          "data.max-pixels",
          "data.max-skipped",
          "data.on-error",
          "guard",
          "run.dir",
          "run.id",
          "train.max-steps");

  @Test
  void howARunIsSpreadFedKeptAndShownChangesNoResult() {
    assertThat(FreeKeys.ofRun(ConfigLoader.load(List.of(), List.of("data.shuffle=full"))))
        .containsAll(OF_RUN)
        .contains("data.cache-memory")
        .hasSize(OF_RUN.size() + 1);
  }

  @Test
  void theCacheChangesTheResultWhereItDecidesTheOrderOfTheImages() {
    assertThat(FreeKeys.ofRun(ConfigLoader.load(List.of(), List.of("data.shuffle=auto"))))
        .containsExactlyElementsOf(OF_RUN);
  }

  @Test
  void whereItEndsAndWhatAlarmsAndBadImagesDoChangesNoStep() {
    assertThat(FreeKeys.ofStep(ConfigLoader.load(List.of(), List.of())))
        .containsAll(OF_RUN)
        .containsAll(OF_STEP_ONLY)
        .contains("data.cache-memory")
        .hasSize(OF_RUN.size() + OF_STEP_ONLY.size() + 1);
  }

  @Test
  void whatGuidesTheAttackChangesSteps() {
    RunConfig guided = ConfigLoader.load(List.of(), List.of("attack.guided.steps=2"));
    assertThat(FreeKeys.ofStep(guided))
        .containsAll(OF_RUN)
        .contains("guard.max-rollbacks", "guard.loss-spike")
        .doesNotContain(
            "guard", "guard.probe.every-steps", "guard.probe.samples", "guard.probe.steps");
    // All but these of the guards: a guard that goes back leaves to the guide what is above its
    // margin.
    Config guards = ConfigLoader.reference().getConfig("guard");
    assertThat(guards.entrySet())
        .extracting(entry -> "guard." + entry.getKey())
        .filteredOn(
            key ->
                FreeKeys.ofStep(guided).stream()
                    .noneMatch(free -> key.equals(free) || key.startsWith(free + ".")))
        .containsExactlyInAnyOrder(
            "guard.probe.action",
            "guard.probe.every-steps",
            "guard.probe.margin",
            "guard.probe.samples",
            "guard.probe.steps");
  }

  @Test
  void checkpointsThatAreProbedChangeTheStepsOfAGuidedRun() {
    RunConfig back =
        ConfigLoader.load(
            List.of(), List.of("attack.guided.steps=2", "guard.probe.action=rollback"));
    assertThat(FreeKeys.ofStep(back)).doesNotContain("checkpoint.every-steps");
    RunConfig unguided = ConfigLoader.load(List.of(), List.of("guard.probe.action=rollback"));
    assertThat(FreeKeys.ofStep(unguided)).contains("checkpoint.every-steps");
  }

  @Test
  void whatGuidesTheAttackOfOneStageChangesSteps() {
    assertThat(
            FreeKeys.ofStep(
                ConfigLoader.load(
                    List.of(),
                    List.of("stages=[{ epochs = 60, attack.guided.steps = 2 }, { epochs = 40 }]"))))
        .contains("guard.loss-spike")
        .doesNotContain("guard", "guard.probe.margin", "guard.probe.steps");
  }

  @Test
  void theEssenceHasTheDefaultsForThem() {
    assertThat(essence("report.html=false", "recovery.wait=1 hour", "checkpoint.commit=file"))
        .isEqualTo(essence());
    OF_STEP_ONLY.stream()
        .filter(key -> !key.equals("guard"))
        .forEach(key -> assertThat(essence(key + "=" + other(key))).isNotEqualTo(essence()));
    assertThat(essence("guard.max-rollbacks=0")).isNotEqualTo(essence());
  }

  private static String other(String key) {
    return switch (key) {
      case "data.on-error" -> "skip";
      case "data.max-encoded-bytes" -> "1 MB";
      case "data.max-skipped" -> "0.5";
      default -> "7";
    };
  }

  private static String essence(String... overrides) {
    return ConfigRenderer.renderEssence(ConfigLoader.load(List.of(), List.of(overrides)));
  }
}
