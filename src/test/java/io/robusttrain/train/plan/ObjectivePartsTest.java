package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.attack.pgd.ProjectedGradientDescent.Start;
import io.robusttrain.base.HadoopSettings;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.Criterion;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.TrainingAttack;
import io.robusttrain.objective.TrainingAttack.Memory;
import io.robusttrain.objective.TrainingAttack.Mode;
import io.robusttrain.objective.around.DroppedTokens;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.AdversarialCrossEntropy.CleanForward;
import io.robusttrain.objective.loss.Mart;
import io.robusttrain.objective.loss.StandardCrossEntropy;
import io.robusttrain.objective.loss.Trades;
import io.robusttrain.objective.mix.MixedObjective;
import io.robusttrain.objective.mix.Mixup;
import io.robusttrain.train.worker.ThreadPlan;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys become objectives. */
class ObjectivePartsTest {
  private static final Architecture MODEL =
      ModelRegistry.create("xcit_nano_12_p16_224", ModelOptions.none());
  private static final Criterion SMOOTHED = new Criterion(0.1);

  @Test
  void theDefaultIsTheLightRecipe() {
    assertThat(objective())
        .isEqualTo(
            new AdversarialCrossEntropy(
                SMOOTHED,
                new TrainingAttack(ProjectedGradientDescent.fgsm(4 / 255.0), Mode.EVAL),
                CleanForward.SKIPPED));
  }

  @Test
  void everyTypeBecomesItsObjective() {
    TrainingAttack attack =
        new TrainingAttack(ProjectedGradientDescent.linf(4 / 255.0, 10), Mode.TRAIN);
    String[] keys = {"attack.steps=10", "attack.mode=train", "objective.smoothing=0"};
    Criterion plain = new Criterion(0);
    assertThat(objective(with(keys, "objective.type=trades")))
        .isEqualTo(new Trades(plain, attack, 6));
    assertThat(objective(with(keys, "objective.type=mart", "objective.beta=4")))
        .isEqualTo(new Mart(plain, attack, 4));
    assertThat(objective(with(keys, "objective.type=standard", "objective.loss=bce")))
        .isEqualTo(new StandardCrossEntropy(new Criterion(Criterion.Loss.BCE, 0)));
    assertThat(objective(with(keys, "objective.clean-forward=true")))
        .isEqualTo(new AdversarialCrossEntropy(plain, attack, CleanForward.UPDATES_STATISTICS));
  }

  @Test
  void targetsAndStartsBecomeThoseOfTheAttack() {
    assertThat(attack("attack.target=random").target()).isEqualTo(AttackTarget.RANDOM);
    assertThat(attack("attack.target=random", "attack.compat=paper").target())
        .isEqualTo(AttackTarget.RANDOM_OR_LABEL);
    assertThat(attack("attack.target=least-likely").target()).isEqualTo(AttackTarget.LEAST_LIKELY);
    assertThat(attack("attack.start=clean").descent().start()).isEqualTo(Start.CLEAN);
    TrainingAttack previous = attack("attack.start=previous");
    assertThat(previous.memory()).isEqualTo(Memory.PREVIOUS);
    assertThat(previous.descent().start()).isEqualTo(Start.RANDOM);
  }

  @Test
  void l2AsWrittenOrAsThePapersCodeMeansIt() {
    String[] keys = {"attack.norm=l2", "attack.eps=3.0", "attack.steps=2"};
    assertThat(attack(keys).descent())
        .isEqualTo(new ProjectedGradientDescent(ThreatModel.l2(3), 2, 2.25, Start.RANDOM));
    double radius = 3 / 255.0;
    String[] paper = with(keys, "attack.compat=paper");
    assertThat(attack(paper).descent())
        .isEqualTo(
            new ProjectedGradientDescent(
                ThreatModel.l2(radius), 2, 1.5 * radius / 2, Start.REFERENCE));
    assertThat(ObjectiveParts.validationAttack(config(paper)).threat())
        .isEqualTo(ThreatModel.l2(radius));
    assertThat(
            ObjectiveParts.validationAttack(
                config(with(keys, "validation.attack-eps=1.5", "validation.steps=10"))))
        .isEqualTo(new ProjectedGradientDescent(ThreatModel.l2(1.5), 10, 0.225, Start.RANDOM));
  }

  /** An epoch that withstands one step alone must not be the best. */
  @ParameterizedTest
  @CsvSource({
    "2, auto, 10, 10",
    "24, auto, 10, 24",
    "3, auto, 2, 3",
    "2, 2, 10, 2",
    "2, 50, 10, 50",
    "none, auto, 10, 1"
  })
  void aGuidedRunIsValidatedByAsManyStepsAsTheProbe(
      String guided, String steps, int probe, int expected) {
    ProjectedGradientDescent attack =
        ObjectiveParts.validationAttack(
            config(
                "attack.guided.steps=" + guided,
                "validation.steps=" + steps,
                "guard.probe.steps=" + probe));
    assertThat(attack.steps()).isEqualTo(expected);
    assertThat(attack.stepSize()).isEqualTo(1.5 * (4 / 255.0) / expected);
  }

  @Test
  void mixingWrapsTheObjective() {
    assertThat(
            objective(
                "mixup.alpha=0.8", "mixup.cutmix-alpha=1", "mixup.off-epoch=7", "mixup.prob=0.5"))
        .isEqualTo(new MixedObjective(new Mixup(0.8, 1, 0.5, 0.5, 7), objective()));
  }

  @Test
  void droppedTokensAreAroundAllElse() {
    assertThat(
            objective("mixup.alpha=1", "model.patch-drop-rate=0.75", "model.patch-drop-mode=block"))
        .isEqualTo(
            new DroppedTokens(
                objective("mixup.alpha=1"),
                new TokenDropping(TokenDropping.Mode.BLOCK, 0.75),
                new TokenDropping.Grid(14, 14)));
  }

  @Test
  void objectivesThatKeepMoreForwardsNeedMoreMemory() {
    MemoryPlan plan = new MemoryPlan(1000, 500, 2000, 1500, 700);
    ThreadPlan threads = ThreadPlan.replicaPerCore(2);
    Objective trades = objective("objective.type=trades", "mixup.alpha=1");
    Objective mart = objective("objective.type=mart");
    Objective standard = objective("objective.type=standard");
    assertThat(plan.withObjective(standard, MODEL, threads, 8)).isEqualTo(plan);
    MemoryPlan more = plan.withObjective(trades, MODEL, threads, 8);
    assertThat(more).isEqualTo(plan.withObjective(mart, MODEL, threads, 8));
    assertThat(more.heapBytes()).isEqualTo(1000);
    double activations = 8 * 0.04 * MODEL.macsPerImage() + (8 << 20);
    assertThat((double) more.nativeBytes() - 2000).isCloseTo(2 * activations, within(4.0));
  }

  @Test
  void aHelperThatIsNotThereIsSaidBeforeTheRun() {
    assertThatThrownBy(
            () ->
                objective("objective.type=hat", "objective.helper-checkpoint=nowhere.safetensors"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("objective.helper-checkpoint")
        .hasMessageContaining("nowhere.safetensors cannot be read")
        .hasMessageContaining("name a file of weights, a run or a checkpoint");
  }

  /** {@code model.initial} is about the weights that the run starts from. */
  @Test
  void aHelperThatDoesNotFitNamesOnlyWhatHelps(@TempDir Path folder) throws IOException {
    NamedTensor head = NamedTensor.floats("head.weight", List.of(7L, 128L), new float[7 * 128]);
    NamedTensor mean = NamedTensor.floats("normalize.mean", List.of(3L), new float[] {1, 1, 1});
    NamedTensor std = NamedTensor.floats("normalize.std", List.of(3L), new float[] {1, 1, 1});
    String other = "must be a model of this run's architecture and normalisation: ";
    assertThat(refusal(folder.resolve("head.safetensors"), head))
        .contains(other, "The file's classifier has 7 classes, the model's 1000: take weights of")
        .endsWith("take weights of as many classes.");
    assertThat(refusal(folder.resolve("behind.safetensors"), head, mean, std))
        .contains(other, "was trained behind another normalisation")
        .endsWith("Set model.normalize to that of the file.");
    assertThat(refusal(folder.resolve("half.safetensors"), head, mean))
        .contains(other, "half a normaliser")
        .endsWith("Add the other half or take this one out of the file.");
  }

  private static String refusal(Path file, NamedTensor... tensors) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      SafetensorsWriter.write(out, Map.of("format", "pt"), List.of(tensors));
    }
    Throwable refused =
        catchThrowable(
            () -> objective("objective.type=hat", "objective.helper-checkpoint=" + file));
    assertThat(refused).isInstanceOf(ConfigException.class);
    assertThat(refused.getMessage()).doesNotContain("model.initial");
    return refused.getMessage().strip();
  }

  private static TrainingAttack attack(String... overrides) {
    return ((AdversarialCrossEntropy) objective(overrides)).attack();
  }

  private static Objective objective(String... overrides) {
    return new ObjectiveParts(config(overrides), new HadoopSettings(Map.of()))
        .objective(MODEL, MODEL.defaultPreprocessing().unnormalized());
  }

  private static RunConfig config(String... overrides) {
    return ConfigLoader.load(List.of(), List.of(overrides));
  }

  private static String[] with(String[] keys, String... further) {
    String[] all = java.util.Arrays.copyOf(keys, keys.length + further.length);
    System.arraycopy(further, 0, all, keys.length, further.length);
    return all;
  }
}
