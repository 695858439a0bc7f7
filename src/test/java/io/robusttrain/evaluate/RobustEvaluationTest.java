package io.robusttrain.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.apgd.Apgd;
import io.robusttrain.attack.apgd.ApgdSettings;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.attack.square.SquareAttack;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.load.SampleReader;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.AttackSet;
import io.robusttrain.evaluate.plan.ChosenSamples;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.EvaluationRequest;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.PlannedAttack;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.evaluate.result.CleanAccuracyException;
import io.robusttrain.evaluate.result.CleanCheck;
import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.Cost;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.result.Flag;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.result.StageOutcome;
import io.robusttrain.evaluate.result.Suspicions;
import io.robusttrain.evaluate.run.CleanTask;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.tensor.ComputeDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class RobustEvaluationTest {
  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyVictim victim;
  private static JavaSparkContext spark;
  private static Path undisturbed;

  @BeforeAll
  static void evaluateUndisturbed() throws IOException {
    victim = TinyVictim.in(folder);
    spark =
        new JavaSparkContext(
            new SparkConf(false)
                .setMaster("local[2]")
                .setAppName("test")
                .set("spark.ui.enabled", "false"));
    undisturbed = folder.resolve("undisturbed");
    run(plan(victim.model(), Coverage.SURVIVORS), undisturbed, OptionalInt.empty());
  }

  @AfterAll
  static void stop() {
    spark.close();
  }

  /** Hears nothing. */
  private static class Silence implements EvaluationListener {
    @Override
    public void progress(Stage stage) {}

    @Override
    public void finished(Stage stage) {}

    @Override
    public void warning(String text) {}
  }

  @Test
  void imagesAreTurnedUprightOnlyWhereThatIsAsked() {
    EvaluationPlan stored = plan(victim.model(), Coverage.SURVIVORS);
    assertThat(stored.subject().images().rules().orientation()).isEqualTo(ExifOrientation.IGNORE);
    assertThat(stored.identity().has("exif_orientation")).isFalse();
    EvaluationPlan upright = upright(victim.model());
    assertThat(upright.subject().images().rules().orientation()).isEqualTo(ExifOrientation.APPLY);
    assertThat(upright.identity().path("exif_orientation").asText()).isEqualTo("apply");
    assertThat(upright.subject().preprocessingWords())
        .isEqualTo(
            stored.subject().preprocessingWords() + ", turned upright by their EXIF orientation");
  }

  private static EvaluationPlan upright(Path model) {
    return plan(
        model, Coverage.SURVIVORS, new SampleChoice.All(), 1, Optional.of(ExifOrientation.APPLY));
  }

  @Test
  void aModelOfUprightImagesIsEvaluatedOnThem() throws IOException {
    Path model = folder.resolve("upright/model.safetensors");
    victim.writeModel(model, 5, 0.9, Map.of("exif_orientation", "apply"));
    EvaluationPlan plan = plan(model, Coverage.SURVIVORS);
    assertThat(plan.subject().images().rules().orientation()).isEqualTo(ExifOrientation.APPLY);
    assertThat(plan.identity().path("exif_orientation").asText()).isEqualTo("apply");
  }

  /** Then the model need not be the reason. */
  @Test
  void anotherOrientationThanInTrainingMakesAnotherCleanAccuracyAFlag() throws IOException {
    Path model = folder.resolve("stored/model.safetensors");
    victim.writeModel(model, 5, 0.2);
    int[] labels = new int[TinyVictim.IMAGES];
    CleanOutcome clean =
        new CleanOutcome(labels, labels, new long[TinyVictim.IMAGES], 0, false, 0, Cost.NONE);
    assertThat(CleanCheck.check(upright(model).subject(), clean))
        .singleElement()
        .satisfies(
            flag -> {
              assertThat(flag.code()).isEqualTo("clean-accuracy");
              assertThat(flag.text()).contains("100.00 %", "20.00 %", "preprocessing");
            });
    assertThatThrownBy(() -> CleanCheck.check(plan(model, Coverage.SURVIVORS).subject(), clean))
        .isInstanceOf(CleanAccuracyException.class)
        .hasMessageContaining("the checkpoint records 20.00 %");
  }

  private static EvaluationPlan plan(Path model, Coverage coverage) {
    return plan(model, coverage, new SampleChoice.All(), 1);
  }

  private static EvaluationPlan plan(
      Path model, Coverage coverage, SampleChoice samples, long seed) {
    return plan(model, coverage, samples, seed, Optional.empty());
  }

  private static EvaluationPlan plan(
      Path model,
      Coverage coverage,
      SampleChoice samples,
      long seed,
      Optional<ExifOrientation> orientation) {
    double epsilon = victim.epsilon();
    EvaluationRequest request =
        new EvaluationRequest(
            new SubjectRequest(
                ModelRequest.of(model.toString()),
                victim.data().toString(),
                "validation",
                ImageColumns.USUAL,
                orientation,
                samples,
                PreprocessingChoice.CHECKPOINT,
                Optional.of(8),
                Optional.of(3),
                1,
                ComputeDevice.CPU),
            new AttackRequest("fgsm", Norm.LINF, List.of(epsilon), coverage, seed));
    EvaluationPlan plan = new EvaluationPlanner(new Configuration(), Map.of()).plan(request);
    ThreatModel threat = ThreatModel.linf(epsilon);
    return with(
        plan,
        plan.subject().model(),
        List.of(
            PgdAttack.fgsm(threat),
            new Apgd(Apgd.Loss.CE, ApgdSettings.of(threat).withIterations(5)),
            new SquareAttack(threat, 20, 0.8)));
  }

  private static EvaluationPlan with(
      EvaluationPlan plan, EvaluatedModel model, List<EvaluationAttack> attacks) {
    List<PlannedAttack> stages = new ArrayList<>();
    for (EvaluationAttack attack : attacks) {
      stages.add(new PlannedAttack(stages.size() + 1, 0, victim.epsilon(), attack));
    }
    Subject subject = plan.subject();
    return new EvaluationPlan(
        new Subject(
            model,
            subject.preprocessing(),
            subject.preprocessingWords(),
            subject.images(),
            subject.ids(),
            subject.samples(),
            subject.blocking(),
            subject.threads(),
            subject.device(),
            subject.versions()),
        plan.attackSet(),
        plan.norm(),
        plan.radii(),
        stages,
        plan.coverage(),
        plan.seed());
  }

  private static EvaluationPlan explosive(EvaluationPlan plan) {
    EvaluatedModel model = plan.subject().model();
    return with(
        plan,
        new EvaluatedModel(
            new Bomb(model.architecture()),
            model.preprocessing(),
            model.classNames(),
            model.scores(),
            model.provenance(),
            model.path(),
            model.sha256(),
            model.fitting(),
            model.weights()),
        plan.attacks().stream().map(PlannedAttack::attack).toList());
  }

  private static EvaluationFolder claimed(String name, EvaluationPlan plan) throws IOException {
    EvaluationFolder target =
        EvaluationFolder.at(folder.resolve(name).toString(), new Configuration());
    EvaluationOutput.claim(target, plan);
    return target;
  }

  private static EvaluationResult run(EvaluationPlan plan, Path output, OptionalInt partitions)
      throws IOException {
    return run(plan, output, partitions, new Silence());
  }

  private static EvaluationResult run(
      EvaluationPlan plan, Path output, OptionalInt partitions, EvaluationListener listener)
      throws IOException {
    EvaluationFolder target = EvaluationFolder.at(output.toString(), new Configuration());
    return new RobustEvaluation(plan, EvaluationOutput.claim(target, plan), listener)
        .run(spark, partitions);
  }

  private static ObjectNode result(Path output) throws IOException {
    ObjectNode tree = EvaluationResult.read(output.toString(), new Configuration()).tree();
    return withoutSeconds(tree);
  }

  private static ObjectNode withoutSeconds(ObjectNode tree) {
    tree.remove("seconds");
    for (JsonNode child : tree) {
      if (child instanceof ObjectNode object) {
        withoutSeconds(object);
      } else {
        child.forEach(
            item -> {
              if (item instanceof ObjectNode object) {
                withoutSeconds(object);
              }
            });
      }
    }
    return tree;
  }

  @Numeric
  @Test
  void eachAttackWorksOnTheSurvivorsOfTheOnesBefore() throws IOException {
    JsonNode result = result(undisturbed);
    assertThat(result.path("clean").path("correct").asInt()).isEqualTo(TinyVictim.CORRECT);
    int standing = TinyVictim.CORRECT;
    for (JsonNode attack : result.path("radii").path(0).path("attacks")) {
      assertThat(attack.path("images").asInt()).isEqualTo(standing);
      standing -= attack.path("broken").asInt();
      assertThat(attack.path("robust_accuracy").asDouble())
          .isEqualTo(standing / (double) TinyVictim.IMAGES);
    }
    // The radius is such that some fall and some stand; otherwise the test would show nothing.
    assertThat(standing).isBetween(1, TinyVictim.CORRECT - 5);
    assertThat(result.path("robust_accuracy").asDouble())
        .isEqualTo(standing / (double) TinyVictim.IMAGES);
    int robust = 0;
    for (JsonNode row : result.path("radii").path(0).path("classes")) {
      robust += row.path("robust").asInt();
    }
    assertThat(robust).isEqualTo(standing);
  }

  @Numeric
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void partitionsDoNotChangeABit(int partitions) throws IOException {
    Path output = folder.resolve("partitions-" + partitions);
    run(plan(victim.model(), Coverage.SURVIVORS), output, OptionalInt.of(partitions));
    assertThat(BlockFiles.outcomes(output)).isEqualTo(BlockFiles.outcomes(undisturbed));
    assertThat(result(output)).isEqualTo(result(undisturbed));
    assertThat(output.resolve("images.parquet"))
        .hasSameBinaryContentAs(undisturbed.resolve("images.parquet"));
  }

  @Test
  void killedInEveryStageItEndsAsIfNothingHadHappened() throws IOException {
    Path output = folder.resolve("killed");
    EvaluationPlan plan = explosive(plan(victim.model(), Coverage.SURVIVORS));
    for (int stage = 0; stage < plan.stages(); stage++) {
      Map<String, String> before = BlockFiles.contents(output);
      int target = stage;
      EvaluationListener armed =
          new Silence() {
            @Override
            public void finished(Stage done) {
              if (done.number() == target - 1) {
                Bomb.after(5);
              }
            }
          };
      Bomb.after(target == 0 ? 5 : Integer.MAX_VALUE);
      String name = target == 0 ? "clean" : plan.attacks().get(target - 1).words();
      assertThatThrownBy(() -> run(plan, output, OptionalInt.empty(), armed))
          .hasMessageContaining(name + " failed")
          .hasMessageContaining("killed")
          .hasMessageContaining("the same command continues");
      assertThat(output.resolve("eval.json")).doesNotExist();
      assertThat(BlockFiles.contents(output)).containsAllEntriesOf(before);
    }
    Bomb.disarm();
    run(plan, output, OptionalInt.empty());
    assertThat(BlockFiles.outcomes(output)).isEqualTo(BlockFiles.outcomes(undisturbed));
    assertThat(result(output)).isEqualTo(result(undisturbed));
  }

  @Test
  void aDamagedBlockIsEvaluatedAgain() throws IOException {
    Path output = folder.resolve("damaged");
    EvaluationPlan plan = explosive(plan(victim.model(), Coverage.SURVIVORS));
    EvaluationListener armed =
        new Silence() {
          @Override
          public void finished(Stage done) {
            Bomb.after(0);
          }
        };
    Bomb.disarm();
    assertThatThrownBy(() -> run(plan, output, OptionalInt.empty(), armed))
        .hasMessageContaining("killed");
    Path block = output.resolve(CleanTask.DIRECTORY).resolve("block-00001.json");
    Files.writeString(
        block, Files.readString(block).replaceFirst("\"labels\" : \\[ \\d", "\"labels\" : [ 9"));
    Bomb.disarm();
    run(plan, output, OptionalInt.empty());
    assertThat(BlockFiles.outcomes(output)).isEqualTo(BlockFiles.outcomes(undisturbed));
  }

  @Test
  void onAllImagesEachAttackAlsoHasANumberOfItsOwn() throws IOException {
    Path output = folder.resolve("alone");
    run(plan(victim.model(), Coverage.ALL_CORRECT), output, OptionalInt.empty());
    JsonNode attacks = result(output).path("radii").path(0).path("attacks");
    double last = 1;
    for (JsonNode attack : attacks) {
      assertThat(attack.path("images").asInt()).isEqualTo(TinyVictim.CORRECT);
      double alone = attack.path("robust_accuracy_alone").asDouble();
      assertThat(attack.path("robust_accuracy").asDouble())
          .isLessThanOrEqualTo(Math.min(alone, last));
      last = attack.path("robust_accuracy").asDouble();
    }
    // The first attack sees the same images, in the same blocks, with the same draws.
    assertThat(attacks.path(0))
        .isEqualTo(result(undisturbed).path("radii").path(0).path("attacks").path(0));
  }

  @Test
  void anotherCleanAccuracyThanRecordedStopsBeforeAnyAttack() throws IOException {
    Path model = folder.resolve("claims/model.safetensors");
    victim.writeModel(model, 5, 0.95);
    Path output = folder.resolve("stopped");
    assertThatThrownBy(() -> run(plan(model, Coverage.SURVIVORS), output, OptionalInt.empty()))
        .isInstanceOf(CleanAccuracyException.class)
        .hasMessageContaining("90.00 %")
        .hasMessageContaining("95.00 %")
        .hasMessageContaining("normalisation")
        .hasMessageContaining("resize")
        .hasMessageContaining("classes in another order");
    assertThat(BlockFiles.outcomes(output).keySet())
        .allMatch(name -> name.startsWith("stages/00-clean/"));
  }

  @Test
  void onFewImagesThreeStandardErrorsMoreAreAllowed() {
    EvaluationPlan few = plan(victim.model(), Coverage.SURVIVORS, new SampleChoice.First(10), 1);
    assertThat(CleanCheck.allowed(few.subject(), 0.9)).isEqualTo(0.01 + 3 * Math.sqrt(0.09 / 10));
    assertThat(CleanCheck.allowed(plan(victim.model(), Coverage.SURVIVORS).subject(), 0.9))
        .isEqualTo(0.01);
  }

  @Test
  void aDirectoryOfAnotherPlanIsRefusedWithTheDifferences() {
    EvaluationPlan other =
        plan(victim.model(), Coverage.SURVIVORS, new SampleChoice.Drawn(10, 3), 2);
    assertThatThrownBy(() -> run(other, undisturbed, OptionalInt.empty()))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("seed (1 there, 2 here)")
        .hasMessageContaining("samples (all 40 there, 10 drawn by seed 3 here)")
        .hasMessageContaining("--output");
  }

  /** Some names are in a plan only where they say something. */
  @Test
  void aNameThatOnlyOneOfTwoPlansHasIsADifference() throws IOException {
    EvaluationPlan stored = plan(victim.model(), Coverage.SURVIVORS);
    assertThatThrownBy(
            () -> EvaluationOutput.claim(claimed("first", stored), upright(victim.model())))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("its plan differs in exif_orientation (not set there, apply here).");
    assertThatThrownBy(
            () -> EvaluationOutput.claim(claimed("second", upright(victim.model())), stored))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("its plan differs in exif_orientation (apply there, not set here).");
  }

  @Test
  void aFinishedEvaluationIsNotRepeated() throws IOException {
    EvaluationPlan plan = explosive(plan(victim.model(), Coverage.SURVIVORS));
    Bomb.after(0);
    EvaluationResult again = run(plan, undisturbed, OptionalInt.empty());
    Bomb.disarm();
    assertThat(withoutSeconds(again.tree())).isEqualTo(result(undisturbed));
  }

  @Test
  void answersThatMakeAttacksWorthlessAreFlagged() {
    EvaluationPlan plan = plan(victim.model(), Coverage.SURVIVORS);
    int[] labels = new int[TinyVictim.IMAGES];
    int[] predictions = new int[TinyVictim.IMAGES];
    Arrays.fill(predictions, 0, 4, 1);
    long[] checksums = new long[TinyVictim.IMAGES];
    CleanOutcome fine = new CleanOutcome(labels, predictions, checksums, 0, false, 0, Cost.NONE);
    CleanOutcome bad = new CleanOutcome(labels, predictions, checksums, 0.01, true, 3, Cost.NONE);
    assertThat(CleanCheck.check(plan.subject(), fine)).isEmpty();
    assertThat(CleanCheck.check(plan.subject(), bad))
        .extracting(Flag::code)
        .containsExactly("random-outputs", "probabilities", "zero-gradients");
  }

  @Test
  void masksOfGradientsAreFlagged() {
    EvaluationPlan plan = plan(victim.model(), Coverage.SURVIVORS);
    int[] labels = new int[TinyVictim.IMAGES];
    CleanOutcome clean =
        new CleanOutcome(labels, labels, new long[TinyVictim.IMAGES], 0, false, 0, Cost.NONE);
    Round small = round(clean, 0.1, 0, 10);
    Round large = round(clean, 0.6, 0, 0);
    assertThat(Suspicions.of(plan, clean, List.of(round(clean, 0.1, 10, 0)))).isEmpty();
    assertThat(Suspicions.of(plan, clean, List.of(small, large)))
        .extracting(Flag::code)
        .containsExactly("square-beats-gradients", "rising-accuracy", "standing-at-every-radius");
    assertThat(Suspicions.of(plan, clean, List.of(round(clean, 0, 10, 0), round(clean, 0.1, 0, 0))))
        .extracting(Flag::text)
        .containsExactly(
            "robust accuracy rises from 75.00 % at radius 0 to 100.00 % at 0.1: a sign of masked gradients");
    assertThat(Suspicions.of(plan, clean, List.of(round(clean, 0, 9, 0), round(clean, 0.1, 0, 0))))
        .as("nine images are chance")
        .isEmpty();
  }

  private static Round round(CleanOutcome clean, double epsilon, int byGradient, int bySquare) {
    ThreatModel threat = ThreatModel.linf(epsilon);
    Round round = new Round(epsilon, clean);
    for (EvaluationAttack attack :
        List.of(PgdAttack.fgsm(threat), new SquareAttack(threat, 20, 0.8))) {
      int[] rows = round.standing();
      boolean[] broken = new boolean[rows.length];
      Arrays.fill(broken, 0, attack instanceof SquareAttack ? bySquare : byGradient, true);
      round.add(
          new StageOutcome(
              new PlannedAttack(1, 0, epsilon, attack),
              rows,
              broken,
              new double[rows.length],
              new int[rows.length],
              Cost.NONE));
    }
    return round;
  }

  @Test
  void imagesAreFoundByIdOrByName() throws IOException {
    Configuration hadoop = new Configuration();
    List<String> names = SampleReader.names(hadoop, victim.images());
    assertThat(names).hasSize(TinyVictim.IMAGES).doesNotHaveDuplicates();
    String lastPart = names.get(9).substring(names.get(9).lastIndexOf('/') + 1);
    Path list = folder.resolve("list.txt");
    Files.writeString(list, "# mixed\n17\n%s\n\n  %s\n".formatted(names.get(31), lastPart));
    ChosenSamples chosen =
        ChosenSamples.of(new SampleChoice.Listed(list.toString()), victim.images(), hadoop);
    assertThat(chosen.ids()).containsExactly(9, 17, 31);
    assertThat(chosen.words()).isEqualTo("3 of list file list.txt");

    EvalTransform whole = new EvalTransform(32, 1.0, Interpolation.BICUBIC);
    SampleReader reader = new SampleReader(hadoop, victim.images(), whole);
    for (long id : new long[] {31, 9, 17, 18}) {
      int label = reader.read(id, new byte[3 * 32 * 32], 0);
      assertThat(names.get((int) id)).contains("class-" + label + "/");
    }
  }

  @Test
  void drawnImagesFollowFromTheirSeed() {
    Configuration hadoop = new Configuration();
    long[] drawn = ChosenSamples.of(new SampleChoice.Drawn(10, 3), victim.images(), hadoop).ids();
    assertThat(drawn).hasSize(10).isSorted().doesNotHaveDuplicates();
    assertThat(ChosenSamples.of(new SampleChoice.Drawn(10, 3), victim.images(), hadoop).ids())
        .isEqualTo(drawn);
    assertThat(ChosenSamples.of(new SampleChoice.Drawn(10, 4), victim.images(), hadoop).ids())
        .isNotEqualTo(drawn);
  }

  @Test
  void presetsAreTheAttacksOfTheField() {
    ThreatModel threat = ThreatModel.linf(8 / 255.0);
    assertThat(new AttackSet("standard").attacks(threat, 10))
        .extracting(EvaluationAttack::name)
        .containsExactly("apgd-ce", "apgd-t", "fab-t", "square");
    assertThat(new AttackSet("pgd").attacks(threat, 10))
        .extracting(EvaluationAttack::name)
        .containsExactly("pgd-5", "pgd-10", "pgd-50", "pgd-100");
    assertThat(new AttackSet("pgd").leastCoverage()).isEqualTo(Coverage.ALL_CORRECT);
    assertThat(new AttackSet("apgd-ce").attacks(threat, 10))
        .containsExactly(new Apgd(Apgd.Loss.CE, ApgdSettings.of(threat).withRestarts(5)));
    assertThatThrownBy(() -> new AttackSet("apgd-t").attacks(threat, 3))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("apgd-t needs");
  }

  @Test
  void blocksAreEvenAndFindTheirImages() {
    for (int count : new int[] {0, 1, 2, 7, 40, 101}) {
      Cut cut = Cut.of(count, 8, 3);
      assertThat(cut.blocks()).isEqualTo(Math.max((count + 7) / 8, Math.min(3, count)));
      int covered = 0;
      for (int block = 0; block < cut.blocks(); block++) {
        int size = cut.start(block + 1) - cut.start(block);
        assertThat(size).isBetween(count / cut.blocks(), 8);
        for (int row = cut.start(block); row < cut.start(block + 1); row++) {
          assertThat(cut.blockOf(row)).isEqualTo(block);
          covered++;
        }
      }
      assertThat(covered).isEqualTo(count);
    }
  }
}
