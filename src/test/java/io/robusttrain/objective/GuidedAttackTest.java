package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.objective.around.GuidedAttack;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.AdversarialCrossEntropy.CleanForward;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** A step is that of one of two objectives, to the bit, batch statistics and all. */
class GuidedAttackTest {
  private static final double RADIUS = 8 / 255.0;
  private static final Objective USUAL = attackedBy(1);
  private static final Objective REINFORCED = attackedBy(3);

  @Test
  void aStepIsThatOfTheObjectiveThatItsContextNames() {
    Objective guided = new GuidedAttack(USUAL, REINFORCED);
    float[] usual = gradients(USUAL, false);
    float[] reinforced = gradients(REINFORCED, false);
    assertThat(gradients(guided, false)).containsExactly(usual).isNotEqualTo(reinforced);
    assertThat(gradients(guided, true)).containsExactly(reinforced);
    assertThat(gradients(USUAL, true)).containsExactly(usual);
    assertThat(guided.statisticsUpdates(RADIUS).count()).isEqualTo(2);
    assertThat(guided.reinforced().statisticsUpdates(RADIUS).count()).isEqualTo(4);
  }

  private static Objective attackedBy(int steps) {
    return new AdversarialCrossEntropy(
        new Criterion(0.1),
        new TrainingAttack(ProjectedGradientDescent.linf(RADIUS, steps), TrainingAttack.Mode.TRAIN),
        CleanForward.SKIPPED);
  }

  private static float[] gradients(Objective objective, boolean reinforced) {
    Arithmetic.start();
    try (ToySteps steps = new ToySteps(ScalarType.Float, Perturbation.NONE);
        MicroBatchStep step = steps.of(objective)) {
      steps.run(
          step,
          0,
          new int[] {0, 1, 2, 3, 4, 5, 6, 7},
          MicroBatchContext.of(SeedKey.of(1), RADIUS, 1).reinforced(reinforced));
      return Tensors.toArray(steps.parameters.gradients());
    }
  }
}
