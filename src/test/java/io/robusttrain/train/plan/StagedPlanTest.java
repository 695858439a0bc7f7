package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.config.value.ConfigException;
import io.robusttrain.optim.EqualAverage;
import io.robusttrain.schedule.LearningRateSchedule;
import io.robusttrain.train.TinyRun;
import io.robusttrain.train.worker.StepClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stages get their places in the run, and their shares of its compute. */
class StagedPlanTest {
  /** Three epochs of nine steps at 16 pixels by FGSM, then two of five at 32 by PGD-2. */
  private static final String STAGES =
      "stages=[{ epochs = 3, img-size = 16, global-batch = 8 }, { epochs = 2, attack.steps = 2 }]";

  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    TinyRun.drawImages(folder);
  }

  private static StagedPlan plan(String... changes) {
    return TinyRun.of(folder, changes).stages("planned");
  }

  private static StagedPlan staged(String... further) {
    String[] changes = new String[further.length + 2];
    changes[0] = "train.epochs=5";
    changes[1] = STAGES;
    System.arraycopy(further, 0, changes, 2, further.length);
    return plan(changes);
  }

  @Test
  void stepsAndEpochsAreThoseOfTheRun() {
    StagedPlan plan = staged("lr-schedule.cooldown-epochs=1");
    Course course = plan.last().course();
    assertThat(course.totalSteps()).isEqualTo(3 * 9 + 3 * 5);
    assertThat(course.begunEpochs()).isEqualTo(6);
    assertThat(plan.stages()).extracting(RunPlan::endStep).containsExactly(27L, 42L);
    assertThat(plan.stages()).extracting(RunPlan::stage).containsExactly(0, 1);
    assertThat(plan.stages()).extracting(RunPlan::endsRun).containsExactly(false, true);
    StepClock second = plan.last().job().clock();
    assertThat(second.start()).isEqualTo(new StepClock.Start(3, 27));
    for (long step : new long[] {0, 8, 9, 26, 27, 31, 32, 41}) {
      long epoch = step < 27 ? step / 9 : 3 + (step - 27) / 5;
      assertThat(course.epoch(step)).isEqualTo((int) epoch);
      assertThat(plan.next(step).job().clock().epoch(step)).isEqualTo((int) epoch);
    }
    assertThat(second.firstStep(4)).isEqualTo(32);
    assertThat(course.step(4)).isEqualTo(32);
    assertThat(course.step(2)).isEqualTo(18);
    assertThat(plan.doing(27)).isSameAs(plan.stages().get(0));
    assertThat(plan.next(27)).isSameAs(plan.last());
    assertThat(plan.next(42)).isSameAs(plan.last());
    assertThat(plan.doing(0)).isSameAs(plan.stages().get(0));
  }

  @Test
  void aRunThatEndsInItsFirstStageKnowsNoSecond() {
    StagedPlan plan = staged("train.max-steps=20");
    assertThat(plan.last().course().begunEpochs()).isEqualTo(3);
    assertThat(plan.next(20)).isSameAs(plan.stages().get(0));
    assertThat(plan.stages().get(0).endsRun()).isTrue();
    assertThat(plan.last().course().share(1)).isZero();
  }

  /**
   * Of an image: a forward for each step and its way back to the pixels; forward and twice back.
   */
  @Test
  void computeIsThatOfTheClosedForm() {
    StagedPlan plan = staged();
    double coarse = plan.stages().get(0).architecture().macsPerImage();
    double fine = plan.last().architecture().macsPerImage();
    assertThat(coarse).isLessThan(fine / 2);
    double first = 3 * TinyRun.TRAIN * coarse * (3 + 2);
    double second = 2 * TinyRun.TRAIN * fine * (3 + 2 * 2);
    Course course = plan.last().course();
    assertThat(course.macs(course.totalSteps())).isCloseTo(first + second, within(1.0));
    assertThat(course.macs(27)).isCloseTo(first, within(1.0));
    assertThat(course.macs(27 + 5)).isCloseTo(first + second / 2, within(1.0));
    assertThat(course.share(0)).isCloseTo(first / (first + second), within(1e-12));
    assertThat(PlanText.of(plan))
        .contains(
            "steps      5 epochs in 2 stages, 37 steps in all; all are validated as the last stage says\n",
            "stage 1    epochs 1 to 3: 16 px, ",
            "stage 2    epochs 4 to 5: 32 px, ",
            "epsilon 0.015686 in 2 step(s); 5 steps an epoch, global batch 16 in micro-batches of 4; ",
            "%.1f %% of the compute\n".formatted(100 * second / (first + second)),
            "compute    ");
  }

  /** The first epoch of a linear rise has the radius 0, and no attack. */
  @Test
  void epochsWithoutAnAttackTakeNone() {
    StagedPlan plan = plan("train.epochs=2", "eps-schedule.type=linear", "eps-schedule.period=2");
    double macs = plan.last().architecture().macsPerImage();
    assertThat(plan.last().course().macs(5)).isCloseTo(TinyRun.TRAIN * macs * 3, within(1.0));
    assertThat(plan.last().course().macs(10)).isCloseTo(TinyRun.TRAIN * macs * 8, within(1.0));
  }

  @Test
  void schedulesGoOnUnlessTheyBeginAnew() {
    StagedPlan on = staged("lr-schedule.type=cosine", "lr-schedule.warmup-epochs=0");
    LearningRateSchedule whole = on.last().run().learningRateSchedule();
    assertThat(on.last().job().clock().rate(27)).isEqualTo(whole.value(3));
    StagedPlan anew =
        plan(
            "train.epochs=5",
            "lr-schedule.warmup-epochs=0",
            "stages=[{ epochs = 3 }, { epochs = 2, lr = 1e-3, restart = [lr-schedule, eps-schedule], eps-schedule.type = linear, eps-schedule.period = 2 }]");
    StepClock clock = anew.last().job().clock();
    assertThat(clock.rate(15)).isEqualTo(1e-3);
    // Half of a cosine over two epochs.
    assertThat(clock.rate(20)).isCloseTo(1e-5 + 0.5 * (1e-3 - 1e-5), within(1e-12));
    assertThat(clock.radius(15)).isZero();
    assertThat(clock.radius(20)).isCloseTo(2 / 255.0, within(1e-12));
  }

  @Test
  void everyStageIsValidatedAsTheLastOneSays() {
    StagedPlan plan = staged();
    for (RunPlan stage : plan.stages()) {
      assertThat(stage.validation().evaluation().attack().steps()).isEqualTo(2);
      assertThat(stage.validation().preprocessing().height()).isEqualTo(32);
      assertThat(stage.job().validated().imageSize()).isEqualTo(32);
    }
    assertThat(plan.stages().get(0).architecture().imageSize()).isEqualTo(16);
    assertThat(plan.last().job().validated()).isSameAs(plan.last().architecture());
  }

  @Test
  void aGuidedStageIsValidatedByNoFewerStepsThanItsProbe() {
    StagedPlan plan =
        plan(
            "guard.probe.steps=7",
            "stages=[{ epochs = 1, attack.guided.steps = 6 }, { epochs = 1, attack.steps = 3 }]");
    assertThat(plan.stages())
        .extracting(stage -> stage.validation().evaluation().attack().steps())
        .containsExactly(7, 7);
    assertThat(plan.last().validation().evaluation().attack().stepSize())
        .isCloseTo(1.5 * plan.last().config().attack().epsilon() / 7, within(1e-12));
    // 3 and 2 for each step of the attack.
    assertThat(plan.stages()).extracting(RunPlan::largestStep).containsExactly(15.0 / 5, 1.0);
    assertThat(PlanText.of(plan))
        .contains(
            "validation Linf, epsilon 0.015686, 7 step(s) of 0.003361\n",
            "epsilon 0.015686 in 1 or, by need, 6 step(s); ");
  }

  /** 9 of 16 tokens, then all. */
  @Test
  void tokensThatAStageLeavesOutAreNotCountedInIt() {
    StagedPlan plan =
        plan(
            "stages=[{ epochs = 1, model.patch-drop-rate = 0.5, model.patch-drop-mode = block }, { epochs = 1 }]");
    RunPlan first = plan.stages().get(0);
    RunPlan last = plan.last();
    assertThat(first.trainingMacsPerImage()).isLessThan(last.trainingMacsPerImage());
    assertThat(last.trainingMacsPerImage()).isEqualTo(last.architecture().macsPerImage());
    double part = first.trainingMacsPerImage();
    double whole = last.trainingMacsPerImage();
    assertThat(plan.last().course().share(0)).isCloseTo(part / (part + whole), within(1e-12));
    assertThat(PlanText.of(plan))
        .contains(
            "stage 1    epochs 1 to 1: 32 px, tokens: 9 of 16 stay, ", "epochs 2 to 2: 32 px, 0.");
    assertThatThrownBy(
            () ->
                plan(
                    "model.patch-drop-mode=block",
                    "stages=[{ epochs = 1, model.patch-drop-rate = 0.2 }, { epochs = 1 }]"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "stage 1: model: patch-drop-mode = block at patch-drop-rate = 0.2 keeps all tokens of the 4 x 4 grid of xcit_nano_12_p8_32; write a patch-drop-rate of 0.235 or more, or patch-drop-rate = 0");
  }

  @Test
  void endsOfEpochsOfDifferentLengthsAreNotAveraged() {
    assertThatThrownBy(() -> staged("swa.start=2"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("swa.step-on: is epoch, and the epochs that are averaged have other");
    assertThat(staged("swa.start=3").stages()).hasSize(2);
    assertThat(staged("swa.start=2", "swa.step-on=step").stages()).hasSize(2);
  }

  /** What a stage behind the range has for steps an epoch does not change what was averaged. */
  @Test
  void anAverageIsCountedInTheStepsOfItsOwnStage() {
    StagedPlan plan = staged("swa.start=1", "swa.end=3");
    EqualAverage average = new EqualAverage(9, 27, 9);
    assertThat(average.begun(37)).isTrue();
    assertThat(AverageRules.of(plan.last().run(), plan.last().course())).containsExactly(average);
  }

  @Test
  void theLastStageDecidesWhetherTheRunCoolsDown() {
    StagedPlan plan =
        plan(
            "lr-schedule.cooldown-epochs=1",
            "stages=[{ epochs = 1 }, { epochs = 1, lr-schedule.type = constant }]");
    assertThat(plan.last().course().begunEpochs()).isEqualTo(2);
    assertThat(PlanText.of(plan)).contains("steps      2 epochs in 2 stages, 10 steps in all;");
  }

  @Test
  void aStageThatCannotBePlannedIsNamed() {
    assertThatThrownBy(() -> plan("stages=[{ epochs = 1, img-size = 20 }, { epochs = 1 }]"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("stage 1: model.img-size: 20 is no multiple of the patch 8; use 16");
  }

  @Test
  void executorsMustBeSharedInEveryStage() {
    List<RunPlan> stages =
        plan("stages=[{ epochs = 1, micro-batch = 8 }, { epochs = 1 }]").stages();
    // Two micro-batches a step, then four.
    assertThat(stages.get(0).isSharedBy(4)).isFalse();
    assertThat(stages.get(1).isSharedBy(4)).isTrue();
    assertThat(stages.get(0).isSharedBy(2)).isTrue();
  }
}
