package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.AdversarialCrossEntropy.CleanForward;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.oracle.Numeric;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Numeric
class StatisticsUpdatesTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 12})
  void oneUpdateEqualsTheSequence(int count) {
    StatisticsUpdates updates = new StatisticsUpdates(count);
    Random random = new Random(count);
    double sequential = 0.7;
    double statistic = 0;
    double weights = 0;
    for (int i = 0; i < count; i++) {
      double seen = random.nextDouble();
      sequential = 0.9 * sequential + 0.1 * seen;
      statistic += updates.coefficient(i) * seen;
      weights += updates.coefficient(i);
    }
    double momentum = updates.effectiveMomentum();
    assertThat((1 - momentum) * 0.7 + momentum * statistic).isCloseTo(sequential, within(1e-14));
    assertThat(weights).isCloseTo(1, within(1e-14));
  }

  @Test
  void countsTheTrainingForwardsOfAnObjective() {
    ProjectedGradientDescent attack = ProjectedGradientDescent.linf(4 / 255.0, 2);
    Objective plain = new AdversarialCrossEntropy(0.1, attack);
    Objective published =
        new AdversarialCrossEntropy(
            new Criterion(0.1),
            new TrainingAttack(attack, TrainingAttack.Mode.TRAIN),
            CleanForward.UPDATES_STATISTICS);
    assertThat(new StandardCrossEntropy(0).statisticsUpdates(0.01).count()).isEqualTo(1);
    assertThat(plain.statisticsUpdates(0.01).count()).isEqualTo(1);
    assertThat(published.statisticsUpdates(0.01).count()).isEqualTo(4);
    // Nothing is attacked at radius 0.
    assertThat(published.statisticsUpdates(0).count()).isEqualTo(2);
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> new StatisticsUpdates(0)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> new StatisticsUpdates(2).coefficient(2))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("forward 2 of a step that announced 2");
    assertThatThrownBy(() -> new StandardCrossEntropy(1))
        .hasMessage("label smoothing must lie in [0,1): 1.0");
  }
}
