package io.robusttrain.train.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.value.Setting;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The rules by hand. */
class GuardRulesTest {
  @Test
  void aSpikeIsAboveTheMedianOfAFullWindowAndToldOnce() {
    SpikeWatch watch = new SpikeWatch(3, 4);
    // Nothing is known yet, whatever comes.
    assertThat(watch.next(100)).isEmpty();
    assertThat(watch.next(1)).isEmpty();
    assertThat(watch.next(2)).isEmpty();
    assertThat(watch.next(3)).isEmpty();
    // The median of 100, 1, 2, 3 is 2.5.
    assertThat(watch.next(7.5)).isEmpty();
    // That of 1, 2, 3, 7.5 as well.
    assertThat(watch.next(7.6)).isEqualTo(OptionalDouble.of(2.5));
    // 2, 3, 7.5, 7.6: still above, and told already.
    assertThat(watch.next(16)).isEmpty();
    // 3, 7.5, 7.6, 16: below again.
    assertThat(watch.next(3)).isEmpty();
    // 7.5, 7.6, 16, 3: a second spike.
    assertThat(watch.next(23)).isEqualTo(OptionalDouble.of(7.55));
  }

  @Test
  void aGapOpensAboveOneBoundAndClosesAtAnother() {
    AttackConfig.Guided guided = new AttackConfig.Guided(Setting.of(2), 0.25, 0.125);
    assertThat(Guide.next(guided, false, 0.25)).isFalse();
    assertThat(Guide.next(guided, false, 0.26)).isTrue();
    assertThat(Guide.next(guided, true, 0.2)).isTrue();
    assertThat(Guide.next(guided, true, 0.125)).isFalse();
    // The same gap again changes nothing.
    for (double gap : new double[] {-0.5, 0, 0.125, 0.2, 0.25, 0.3, 1}) {
      for (boolean before : new boolean[] {false, true}) {
        boolean once = Guide.next(guided, before, gap);
        assertThat(Guide.next(guided, once, gap)).as("%s at %s", before, gap).isEqualTo(once);
      }
    }
  }

  @Test
  void theLastLossesOfThePastAreEnoughToContinue() {
    SpikeWatch whole = new SpikeWatch(2, 3);
    SpikeWatch continued = new SpikeWatch(2, 3);
    double[] losses = {5, 1, 1, 1, 4, 4.1, 1, 9};
    for (int i = 0; i < losses.length; i++) {
      OptionalDouble told = whole.next(losses[i]);
      // The window and the loss before it, which says whether a spike goes on.
      if (i >= 1) {
        OptionalDouble again = continued.next(losses[i]);
        if (i >= 5) {
          assertThat(again).as("step %d", i).isEqualTo(told);
        }
      }
    }
  }

  @Test
  void aWindowOfNothingIsRefused() {
    assertThatThrownBy(() -> new SpikeWatch(0.9, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a spike needs a factor and a window of at least 1, got 0.9 and 3");
  }

  @Test
  void chanceIsTwoStandardErrorsAboveGuessing() {
    assertThat(Chance.highestAccuracy(10, 1000))
        .isCloseTo(0.1 + 2 * 0.009486832980505138, within(1e-15));
    assertThat(Chance.highestAccuracy(2, 100)).isCloseTo(0.6, within(1e-15));
  }

  @Test
  void eachEpochHasItsOwnSkips() {
    SkipBudget budget = new SkipBudget(2, 5);
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(1)).isTrue();
    assertThat(budget.take(1)).isTrue();
    assertThat(budget.take(1)).isFalse();
    assertThat(budget.used()).isEqualTo(3);
    assertThat(budget.total()).isEqualTo(10);
    assertThat(new SkipBudget(0, 0).take(0)).isFalse();
  }
}
