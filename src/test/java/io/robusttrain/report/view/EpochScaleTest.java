package io.robusttrain.report.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where steps lie among epochs. */
class EpochScaleTest {
  private static StepMetrics step(int epoch, int step) {
    return new StepMetrics(epoch, step, 1, 0, 0, 0, 1, 0, 0);
  }

  /** Two epochs of eight steps, then one of four. */
  private static RunView run(Map<String, String> provenance) {
    List<StepMetrics> steps =
        IntStream.range(0, 20).mapToObj(i -> step(Math.min(2, i / 8), i)).toList();
    RunView drawn = DrawnRuns.run("r", 1, 2);
    return new RunView(
        "r",
        drawn.results(),
        new MetricsLog.Content(steps, List.of(), List.of()),
        drawn.config(),
        drawn.defaults(),
        provenance,
        drawn.look());
  }

  @Test
  void stepsOfAStageLieInItsEpochs() {
    EpochScale scale = EpochScale.of(run(Map.of("stage_01", "epochs 1 to 2")));
    assertThat(scale.after(0, 0)).isEqualTo(1 / 8.0);
    assertThat(scale.after(0, 7)).isEqualTo(1);
    assertThat(scale.after(1, 11)).isEqualTo(1.5);
    assertThat(scale.after(2, 16)).isEqualTo(2.25);
    assertThat(scale.after(2, 19)).isEqualTo(3);
  }

  @Test
  void allEpochsOfARunWithoutStagesHaveAsManySteps() {
    assertThat(EpochScale.of(run(Map.of())).after(1, 11)).isEqualTo(12 / 8.0);
  }
}
