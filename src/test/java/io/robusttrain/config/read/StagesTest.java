package io.robusttrain.config.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.config.AttackConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.model.TokenDropping;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key {@code stages}: what each changes, and what none can. */
class StagesTest {
  private static RunConfig load(String... overrides) {
    return ConfigLoader.load(List.of(), List.of(overrides));
  }

  private static List<Problem> refused(String... overrides) {
    return catchThrowableOfType(ConfigException.class, () -> load(overrides)).problems();
  }

  @Test
  void aStageHasItsOwnValuesAndThoseOfTheRun() {
    RunConfig run =
        load(
            "attack.eps=8/255",
            "data.path=s3a://me:secret@images/[set]",
            "stages=[{ epochs = 80, img-size = 112, global-batch = 1024, attack.eps = 2/255 }, { epochs = 20 epochs, attack.steps = 2, lr = 1e-4 }]");
    List<RunConfig> stages = StageConfigs.of(run);
    assertThat(stages).hasSize(2);
    RunConfig coarse = stages.get(0);
    assertThat(coarse.model().imgSize()).isEqualTo(112);
    assertThat(coarse.train().globalBatch()).isEqualTo(1024);
    assertThat(coarse.attack().epsilon()).isEqualTo(2 / 255.0);
    assertThat(coarse.attack().steps()).isEqualTo(1);
    RunConfig fine = stages.get(1);
    assertThat(fine.model()).isEqualTo(run.model());
    assertThat(fine.attack().epsilon()).isEqualTo(8 / 255.0);
    assertThat(fine.attack().steps()).isEqualTo(2);
    assertThat(fine.optim().lr()).isEqualTo(1e-4);
    assertThat(stages).allSatisfy(stage -> assertThat(stage.data()).isEqualTo(run.data()));
    assertThat(stages).noneMatch(stage -> stage.stages().isSet());
  }

  /** The recipe of AdvXL: a part of the tokens first, all of them last. */
  @Test
  void tokensAndTheGuideMayChange() {
    List<RunConfig> stages =
        StageConfigs.of(
            load(
                "attack.guided.steps=2",
                "attack.guided.open=0.2",
                "stages=[{ epochs = 80, model.patch-drop-rate = 0.5, model.patch-drop-mode = block }, { epochs = 20, attack.steps = 2, attack.guided.steps = none }]"));
    assertThat(stages)
        .extracting(stage -> stage.model().tokenDropping())
        .containsExactly(
            Optional.of(new TokenDropping(TokenDropping.Mode.BLOCK, 0.5)), Optional.empty());
    assertThat(stages)
        .extracting(stage -> stage.attack().reinforced().map(AttackConfig::steps))
        .containsExactly(Optional.of(2), Optional.empty());
    assertThat(stages.get(0).attack().guided().open()).isEqualTo(0.2);
    assertThat(
            refused(
                "attack.guided.steps=2",
                "stages=[{ epochs = 80 }, { epochs = 20, attack.steps = 2 }]"))
        .extracting(Problem::message)
        .containsExactly(
            "the gap is that between one step and many; write attack.steps = 1, or attack.guided.steps = none");
  }

  @Test
  void aRunWithoutStagesIsItsOnlyOne() {
    RunConfig run = load();
    assertThat(StageConfigs.of(run)).containsExactly(run);
  }

  @Test
  void aKeyThatIsTheSameInAllStagesIsRefused() {
    assertThat(refused("stages=[{ epochs = 100, optim.type = sgd }]"))
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(
            "command line: stages: optim.type is the same in all stages: set it outside of them; a stage has epochs and restart, and may change model.img-size, model.patch-drop-rate, model.patch-drop-mode, augment, attack.eps,");
    assertThat(refused("stages=[{ epochs = 100, attack.norm = l2 }]"))
        .extracting(Problem::message)
        .singleElement()
        .asString()
        .startsWith("attack.norm is the same in all stages");
  }

  @Test
  void aMisspeltKeyIsToldWithTheNearestOne() {
    assertThat(refused("stages=[{ epochs = 100, img-sise = 112 }]"))
        .extracting(Problem::message)
        .containsExactly("img-sise is an unknown key; did you mean img-size?");
    assertThat(refused("stages=[{ epoch = 100 }]"))
        .extracting(Problem::message)
        .containsExactly("epoch is an unknown key; did you mean epochs?");
    assertThat(refused("stages=[{ epochs = 100, attack { step = 2 } }]"))
        .extracting(Problem::message)
        .containsExactly("attack.step is an unknown key; did you mean attack.steps?");
    // In a group of which every key may change.
    assertThat(refused("stages=[{ epochs = 100, augment.colour-jitter = 0.1 }]"))
        .extracting(Problem::message)
        .containsExactly(
            "augment.colour-jitter is an unknown key; did you mean augment.color-jitter?");
  }

  @Test
  void aKeyWithoutAValueIsRefused() {
    assertThat(refused("stages=[{ epochs = 100, lr = null }]"))
        .extracting(Problem::message)
        .containsExactly("lr needs a value, found null");
  }

  @Test
  void whatIsOverBeforeAStageBeginsIsRefused() {
    assertThat(
            refused(
                "lr-schedule.warmup-epochs=5",
                "augment.reprob=0.1",
                "stages=[{ epochs = 80 }, { epochs = 20, lr = 1e-4, lr-schedule.warmup-epochs = 2, eps-schedule.type = linear, eps-schedule.period = 5, augment.warmup-epochs = 10 }]"))
        .extracting(Problem::toString)
        .containsExactly(
            "stage 2: lr-schedule.warmup-epochs: has no effect: epochs are counted from the run's first one, and the stage begins behind 80 of them; let the schedule begin anew with restart = [lr-schedule], or leave it out there",
            "stage 2: eps-schedule.period: has no effect: epochs are counted from the run's first one, and the stage begins behind 80 of them; let the schedule begin anew with restart = [eps-schedule], or leave it out there",
            "stage 2: augment.warmup-epochs: has no effect: epochs are counted from the run's first one, and the stage begins behind 80 of them; leave it out there");
    load(
        "stages=[{ epochs = 80 }, { epochs = 20, restart = [lr-schedule], lr-schedule.warmup-epochs = 2 }]");
    load("stages=[{ epochs = 80 }, { epochs = 20, lr-schedule.warmup-epochs = 0 }]");
  }

  @Test
  void aStageMayEndWhatWouldHaveGoneOn() {
    load(
        "augment.reprob=0.1",
        "augment.warmup-epochs=30",
        "eps-schedule.period=50",
        "stages=[{ epochs = 20 }, { epochs = 80, eps-schedule.period = 15, augment.warmup-epochs = 10 }]");
    // Its decays are counted from the end of the warm-up.
    load(
        "lr-schedule.type=step",
        "stages=[{ epochs = 20 }, { epochs = 80, lr-schedule.warmup-epochs = 7 }]");
  }

  @Test
  void aListWhereAWordBelongsIsAProblemOfItsStage() {
    assertThat(refused("stages=[{ epochs = 80 }, { epochs = 20, lr-schedule.type = [cosine] }]"))
        .extracting(Problem::toString)
        .anySatisfy(text -> assertThat(text).startsWith("stage 2: lr-schedule.type: "));
  }

  @Test
  void aValueOfTheCommandLineThatNoStageHasIsRefused(@TempDir Path folder) throws Exception {
    String stages = "stages = [{ epochs = 60, lr = 1e-3 }, { epochs = 40, optim.lr = 1e-4 }]";
    assertThat(refused("optim.lr=5e-4", stages))
        .extracting(Problem::toString)
        .containsExactly(
            "command line: optim.lr: has no effect, for each stage has a value of its own; change it in stages, or leave it out there");
    Path file = Files.writeString(folder.resolve("a.conf"), stages + "\noptim.lr = 5e-4\n");
    assertThat(ConfigLoader.load(List.of(file), List.of()).optim().lr()).isEqualTo(5e-4);
    load("attack.eps=8/255", "stages=[{ epochs = 60, attack.eps = 2/255 }, { epochs = 40 }]");
  }

  @Test
  void theCoolDownIsThatOfTheLastStage() {
    String kept = "train.keep-epochs=[110]";
    String cooled =
        "stages=[{ epochs = 80, lr-schedule.type = constant }, { epochs = 20, restart = [lr-schedule] }]";
    assertThat(load(kept, cooled, "lr-schedule.warmup-epochs=1").totalEpochs()).isEqualTo(110);
    String constant = "stages=[{ epochs = 80 }, { epochs = 20, lr-schedule.type = constant }]";
    assertThat(load(constant).totalEpochs()).isEqualTo(100);
    assertThat(refused(kept, constant))
        .extracting(Problem::message)
        .containsExactly("[110] lie behind the last epoch, 100");
  }

  @Test
  void aStageSaysItsEpochsAndEachKeyOnce() {
    assertThat(refused("stages=[{ img-size = 112 }]"))
        .extracting(Problem::message)
        .containsExactly("a stage needs its epochs, found {\"img-size\":112}");
    assertThat(refused("stages=[{ epochs = 100, lr = 1, optim.lr = 2 }]"))
        .extracting(Problem::message)
        .containsExactly("a stage says optim.lr twice");
    assertThat(refused("stages=[100]"))
        .extracting(Problem::message)
        .containsExactly("expected { epochs = 20, key = value, ... }, found 100, or none");
    assertThat(refused("stages=[{ epochs = 100, restart = [optimizer] }]"))
        .extracting(Problem::message)
        .containsExactly("expected one of: lr-schedule, eps-schedule; found optimizer");
  }

  @Test
  void theEpochsOfTheStagesAddUpToThoseOfTheRun() {
    assertThat(refused("stages=[{ epochs = 30 }, { epochs = 20 }]"))
        .extracting(Problem::toString)
        .containsExactly(
            "command line: stages: they have 50 epochs in all, and train.epochs is 100; write train.epochs = 50, or give them other epochs");
  }

  @Test
  void whatIsWrongInAStageIsToldWithItsNumber(@TempDir Path folder) throws Exception {
    assertThat(
            refused(
                "stages=[{ epochs = 60, attack.steps = none }, { epochs = 40, global-batch = 100 }]"))
        .extracting(Problem::toString)
        .containsExactly(
            "stage 1: attack.steps: expected a whole number, found none",
            "stage 2: train.global-batch: 100 is no multiple of the micro-batch 32");
    assertThat(
            refused("stages=[{ epochs = 95 }, { epochs = 5, restart = [lr-schedule], lr = 1e-4 }]"))
        .extracting(Problem::message)
        .containsExactly(
            "the warm-up of 10 epochs leaves nothing of the stage's 5, in which the schedule begins anew; shorten it there");
    // The stage's micro-batch does not fit a batch that was written elsewhere.
    assertThat(refused("train.global-batch=64", "stages=[{ epochs = 100, micro-batch = 5 }]"))
        .extracting(Problem::toString)
        .containsExactly(
            "stage 1: command line: train.global-batch: 64 is no multiple of the micro-batch 5");
    // What is wrong everywhere is told once.
    Path file = Files.writeString(folder.resolve("a.conf"), "stages = [{ epochs = 100 }]\nx = 1\n");
    assertThat(
            catchThrowableOfType(
                    ConfigException.class, () -> ConfigLoader.load(List.of(file), List.of()))
                .problems())
        .hasSize(1);
  }

  @Test
  void aRunGoesOnWithItsStagesOnly() {
    RunConfig before = load("stages=[{ epochs = 60 }, { epochs = 40, lr = 1e-4 }]");
    RunConfig now = load("stages=[{ epochs = 60 }, { epochs = 40, lr = 2e-4 }]");
    assertThat(Continuation.refused(ConfigRenderer.render(before), now))
        .extracting(Continuation.Change::key)
        .containsExactly("stages");
    assertThat(Continuation.refused(ConfigRenderer.render(before), before)).isEmpty();
  }
}
