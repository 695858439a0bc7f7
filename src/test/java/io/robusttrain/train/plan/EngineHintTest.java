package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.StepReport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whether the other engine is named, from steps that were timed. */
class EngineHintTest {
  /** Steps that take a second each, after five that take a minute. */
  private static List<String> lines(double most, double exchange) {
    EngineHint hint = new EngineHint(most);
    List<String> lines = new ArrayList<>();
    for (int step = 0; step < 50; step++) {
      hint.after(report(step, step < 5 ? 60 : 1, exchange)).ifPresent(lines::add);
    }
    return lines;
  }

  private static StepReport report(long step, double seconds, double exchange) {
    double train = seconds - exchange;
    return new StepReport(step, 1, 1, 1, 1, seconds, 0, train, 0, 0, 0, 0, List.of(), List.of());
  }

  @Test
  void theOtherEngineIsNamedOnceWhenItWouldSaveATenthOfAStep() {
    assertThat(lines(0.5, 0.75))
        .containsExactly(
            "hint: a step takes 1.00 s, of which 0.75 s are exchange; distribution.engine=collective would save about 0.5 s (not with --secure)");
  }

  @Test
  void noMoreIsSavedThanWasMeasured() {
    assertThat(lines(0.5, 0.25)).singleElement().asString().contains("save about 0.3 s");
    assertThat(lines(0.5, 0.0625)).isEmpty();
  }

  @Test
  void nothingIsSaidWhereThereIsNothingToSave() {
    assertThat(lines(0.05, 0.75)).isEmpty();
    assertThat(lines(0, 0.75)).isEmpty();
  }
}
