package io.robusttrain.attack.apgd;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.CnnTwins;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.apgd.ApgdReplay.Goal;
import io.robusttrain.attack.apgd.ApgdRun.Loss;
import io.robusttrain.attack.apgd.ApgdRun.Steps;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.FlatParameters;
import java.util.function.BiFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * APGD runs from stored starts against recorded float32 runs of the reference, ties turned as
 * {@link ApgdReplay} does. Of 84 images of the runs of 25 iterations, about 20 meet a tie; with
 * each decision of a run counted, the sign of one of 768 gradient values at one of 26 queries, that
 * is about one in 80,000.
 */
@Tag("slow")
@Numeric
class ApgdGoldenTest {
  private static final SafetensorsFixture MODEL = SafetensorsFixture.read(ToyCnn.RESOURCE);

  /** In three arithmetics, with three seeds of the search in each, 88 were the most needed. */
  private static final int ROUNDS = 600;

  /** To outcomes nothing leads the search but chance: few. One was the most needed. */
  private static final int ROUNDS_TO_OUTCOMES = 10;

  /** Fewer, for speed: one brings these images to the end along the right rule. */
  private static final int ROUNDS_FOR_WRONG = 12;

  private static final int IMAGES_FOR_WRONG = 4;

  private FlatParameters parameters;
  private PointerScope scope;
  private CnnTwins twins;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(MODEL);
    scope = new PointerScope();
    twins = new CnnTwins(MODEL, 8);
  }

  @AfterEach
  void stop() {
    twins.close();
    scope.close();
    parameters.close();
  }

  @ParameterizedTest
  @CsvSource({
    "Linf, ce",
    "Linf, dlr",
    "Linf, dlr-targeted",
    "L2, ce",
    "L2, dlr",
    "L2, dlr-targeted",
    "L1, ce"
  })
  void followsTheReferencesRuns(String norm, String loss) {
    ApgdCase attack = new ApgdCase(norm, loss);
    follow(
        attack, attack.climbed(), attack.steps(), 25, answers(attack, 25), ROUNDS, ApgdCase.IMAGES);
  }

  @ParameterizedTest
  @CsvSource({
    "Linf, ce, 10",
    "Linf, ce, 100",
    "Linf, dlr, 10",
    "Linf, dlr, 100",
    "Linf, dlr-targeted, 10",
    "Linf, dlr-targeted, 100",
    "L2, ce, 10",
    "L2, ce, 100",
    "L2, dlr, 10",
    "L2, dlr, 100",
    "L2, dlr-targeted, 10",
    "L2, dlr-targeted, 100",
    "L1, ce, 10",
    "L1, ce, 100"
  })
  void comesToTheReferencesOutcomes(String norm, String loss, int iterations) {
    ApgdCase attack = new ApgdCase(norm, loss);
    follow(
        attack,
        attack.climbed(),
        attack.steps(),
        iterations,
        outcomes(attack, iterations),
        ROUNDS_TO_OUTCOMES,
        ApgdCase.IMAGES);
  }

  /** Rules that differ from APGD's by a little. */
  enum Wrong {
    MOMENTUM {
      @Override
      Steps steps(Steps steps) {
        return changed(
            steps,
            (next, state) -> next.add(state.point.sub(state.previous).mul_(new Scalar(-0.05))));
      }
    },
    FLIPPED_SIGN {
      @Override
      Steps steps(Steps steps) {
        return (radius, iterations, state) -> {
          state.gradient.put(state.gradient.neg());
          return steps.begin(radius, iterations, state);
        };
      }
    },
    SCHEDULE {
      @Override
      Steps steps(Steps steps) {
        return (radius, iterations, state) -> steps.begin(radius, 40, state);
      }
    },
    NO_HALVING {
      @Override
      Steps steps(Steps steps) {
        return (radius, iterations, state) -> steps.begin(radius, 1000, state);
      }
    },
    SHORT_STEP {
      @Override
      Steps steps(Steps steps) {
        return (radius, iterations, state) -> steps.begin(0.99 * radius, iterations, state);
      }
    },
    LOST_TERM {
      @Override
      Loss loss(Loss loss) {
        // The ratio without its denominator, and cross entropy without its logarithm of a sum.
        return (logits, labels, targets) -> logits.gather(1, labels.unsqueeze(1)).squeeze(1).neg();
      }
    };

    Steps steps(Steps steps) {
      return steps;
    }

    Loss loss(Loss loss) {
      return loss;
    }

    private static Steps changed(Steps steps, BiFunction<Tensor, ApgdState, Tensor> change) {
      return (radius, iterations, state) -> {
        StepRule rule = steps.begin(radius, iterations, state);
        return new StepRule() {
          @Override
          public Tensor next(ApgdState now, int iteration) {
            return change.apply(rule.next(now, iteration), now);
          }

          @Override
          public void adapt(ApgdState now) {
            rule.adapt(now);
          }
        };
      };
    }
  }

  @Test
  void soMuchSearchIsEnoughForTheRightRule() {
    ApgdCase attack = new ApgdCase("Linf", "dlr");
    follow(
        attack,
        attack.climbed(),
        attack.steps(),
        25,
        answers(attack, 25),
        ROUNDS_FOR_WRONG,
        IMAGES_FOR_WRONG);
  }

  @ParameterizedTest
  @EnumSource(Wrong.class)
  void noTieExplainsAWrongRule(Wrong wrong) {
    ApgdCase attack = new ApgdCase("Linf", "dlr");
    assertRefused(attack, wrong, 25, answers(attack, 25), ROUNDS_FOR_WRONG, IMAGES_FOR_WRONG);
  }

  @ParameterizedTest
  @EnumSource(Wrong.class)
  void aWrongRuleComesToOtherOutcomes(Wrong wrong) {
    assertOtherOutcomes(new ApgdCase("Linf", "dlr"), wrong, 10);
  }

  @Test
  void anotherScheduleComesToOtherOutcomesInTheEnd() {
    assertOtherOutcomes(new ApgdCase("Linf", "dlr-targeted"), Wrong.SCHEDULE, 100);
  }

  private void assertOtherOutcomes(ApgdCase attack, Wrong wrong, int iterations) {
    Goal goal = outcomes(attack, iterations);
    assertRefused(attack, wrong, iterations, goal, ROUNDS_TO_OUTCOMES, ApgdCase.IMAGES);
  }

  private void assertRefused(
      ApgdCase attack, Wrong wrong, int iterations, Goal goal, int rounds, int images) {
    Loss loss = wrong.loss(attack.climbed());
    Steps steps = wrong.steps(attack.steps());
    assertThatThrownBy(() -> follow(attack, loss, steps, iterations, goal, rounds, images))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("of %d queries whatever ties are turned", iterations + 1);
  }

  private void follow(
      ApgdCase attack, Loss loss, Steps steps, int iterations, Goal goal, int rounds, int images) {
    new ApgdReplay(attack, new ToyCnn(parameters), loss, steps, iterations, goal, rounds, images)
        .follow(twins);
  }

  /**
   * For how many queries a row gets the recorded logits. Rounding moves them by about 1e-5, and in
   * L2, where the step is along the gradient itself and a nearly certain softmax has one of few
   * digits, by up to 2e-3. A step of a pixel, which a sign decides, moves them by about 1e-2.
   */
  private static Goal answers(ApgdCase attack, int iterations) {
    float[] trace = attack.recorded(iterations, "trace_logits");
    float[] first =
        attack.norm().equals("L1") ? new float[0] : attack.recorded(iterations, "trace_x_first1");
    double sameWay = attack.norm().equals("L2") ? 2e-3 : 1e-4;
    return (trail, row, image) -> {
      for (int query = 0; query <= iterations; query++) {
        float[] logits = trail.logits().get(query);
        int shift = (query * ApgdCase.IMAGES + image) * ApgdCase.CLASSES;
        for (int k = 0; k < ApgdCase.CLASSES; k++) {
          double difference = Math.abs(logits[row * ApgdCase.CLASSES + k] - trace[shift + k]);
          if (!(difference <= sameWay)) {
            return query;
          }
        }
        // Points were recorded of the first image; some ties move no logit.
        if (image == 0 && first.length > 0) {
          float[] point = trail.points().get(query);
          if (differing(point, row, first, query) > ApgdCase.VALUES / 100) {
            return query;
          }
        }
      }
      return iterations + 1;
    };
  }

  /** Whether an image's fate and its highest loss are the recorded ones. */
  private static Goal outcomes(ApgdCase attack, int iterations) {
    boolean[] broken = attack.recordedBroken(iterations);
    float[] losses = attack.recorded(iterations, "loss_best");
    float[] adversarial =
        iterations == 10 && !attack.norm().equals("L1")
            ? attack.recorded(iterations, "x_best_adv")
            : new float[0];
    return (trail, row, image) -> {
      boolean same =
          trail.broken()[row] == broken[image]
              && Math.abs(trail.bestLoss()[row] - losses[image]) <= 1e-4;
      if (same && broken[image] && adversarial.length > 0) {
        same = differing(trail.adversarial(), row, adversarial, image) <= ApgdCase.VALUES / 20;
      }
      return same ? iterations + 1 : iterations;
    };
  }

  /** How many values of an image differ from a recorded one's. */
  private static int differing(float[] actual, int row, float[] expected, int recorded) {
    int differing = 0;
    for (int i = 0; i < ApgdCase.VALUES; i++) {
      float difference =
          actual[row * ApgdCase.VALUES + i] - expected[recorded * ApgdCase.VALUES + i];
      differing += Math.abs(difference) > 1e-4f ? 1 : 0;
    }
    return differing;
  }
}
