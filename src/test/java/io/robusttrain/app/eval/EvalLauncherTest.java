package io.robusttrain.app.eval;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.evaluate.BlockFiles;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** {@code RobustEval} in this process: model file, images, Spark, attacks, result, wrong input. */
@Tag("slow")
class EvalLauncherTest {
  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyVictim victim;
  private static Path output;
  private static Outcome first;

  /** What a command left behind. */
  private record Outcome(int code, String out, String err, String screen) {}

  /** Options, and words of the answer. */
  private record Wrong(String name, int code, List<String> options, List<String> answer) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void evaluate() throws IOException {
    victim = TinyVictim.in(folder);
    output = folder.resolve("out");
    Files.writeString(folder.resolve("empty.txt"), "# nothing\n\n");
    Files.writeString(folder.resolve("twice.txt"), "3\n5\n3\n");
    Files.writeString(folder.resolve("unknown.txt"), "image-001.png\nnobody.png\n");
    victim.writeModel(folder.resolve("seven/model.safetensors"), 7, 0.9);
    first =
        evaluate("--output", output.toString(), "--attacks", "pgd-2,fgsm", "--eps-sweep", sweep());
    assertThat(first.code()).as(first.err()).isZero();
  }

  private static String sweep() {
    return "0," + victim.epsilon() + "," + 2 * victim.epsilon();
  }

  private static Outcome command(String... arguments) {
    SparkConf spark = new SparkConf(false).setMaster("local[2]").set("spark.ui.enabled", "false");
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    EvalLauncher launcher = new EvalLauncher(spark, new PrintStream(screen, true, UTF_8));
    CommandLine line = EvalCommand.commandLine(launcher);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = line.execute(arguments);
    return new Outcome(code, out.toString(), err.toString(), screen.toString(UTF_8));
  }

  private static Outcome evaluate(String... more) {
    List<String> arguments = new ArrayList<>(List.of("--data", victim.data().toString()));
    if (!List.of(more).contains("--model")) {
      arguments.addAll(List.of("--model", victim.model().toString()));
    }
    arguments.addAll(List.of(more));
    return command(arguments.toArray(String[]::new));
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  @Test
  void aSweepHasANumberForEachRadius() throws IOException {
    JsonNode result = json(output.resolve("eval.json"));
    assertThat(result.path("n").asInt()).isEqualTo(TinyVictim.IMAGES);
    assertThat(result.path("clean").path("accuracy").asDouble()).isEqualTo(0.9);
    assertThat(result.path("clean").path("recorded_accuracy").asDouble()).isEqualTo(0.9);
    assertThat(result.path("flags")).isEmpty();
    double last = 0.9;
    assertThat(result.path("radii")).hasSize(3);
    assertThat(result.path("radii").path(0).path("attacks")).isEmpty();
    assertThat(result.path("radii").path(0).path("robust_accuracy").asDouble()).isEqualTo(0.9);
    for (JsonNode radius : result.path("radii")) {
      assertThat(radius.path("robust_accuracy").asDouble()).isLessThanOrEqualTo(last);
      last = radius.path("robust_accuracy").asDouble();
    }
    assertThat(last).isLessThan(0.9);
    assertThat(result.path("robust_accuracy").asDouble()).isEqualTo(last);
    assertThat(result.path("data").path("preprocessing").asText())
        .contains("the checkpoint's own", "shorter side to 32");
    JsonNode info = json(output.resolve("model_info.json"));
    assertThat(info.path("clean_acc").asText()).isEqualTo("90.00");
    assertThat(info.path("autoattack_acc").isNull()).isTrue();
    assertThat(output.resolve("images")).doesNotExist();
  }

  @Test
  void theTableOfImagesAgreesWithTheNumbers() throws IOException {
    int rows = 0;
    int standing = 0;
    int clean = 0;
    double largest = 0;
    Path file = output.resolve("images.parquet");
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        rows++;
        if (row.getDouble("epsilon", 0) == 2 * victim.epsilon()) {
          String by = row.getString("broken_by", 0);
          standing += by.isEmpty() ? 1 : 0;
          clean += by.equals("clean") ? 1 : 0;
          boolean wrong = row.getInteger("prediction", 0) != row.getInteger("label", 0);
          assertThat(wrong).isEqualTo(!by.isEmpty());
          assertThat(row.getFieldRepetitionCount("size")).isEqualTo(by.isEmpty() ? 0 : 1);
          largest = Math.max(largest, by.isEmpty() ? 0 : row.getDouble("size", 0));
        }
      }
    }
    assertThat(rows).isEqualTo(3 * TinyVictim.IMAGES);
    try (ParquetFileReader footer =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(
                new org.apache.hadoop.fs.Path(file.toUri()), new Configuration(false)))) {
      assertThat(footer.getFileMetaData().getKeyValueMetaData())
          .containsEntry("writer.model.name", "robusttrain");
    }
    assertThat(clean).isEqualTo(TinyVictim.IMAGES - TinyVictim.CORRECT);
    assertThat(largest).isPositive().isLessThanOrEqualTo(2 * victim.epsilon() * 1.001);
    assertThat(standing / (double) TinyVictim.IMAGES)
        .isEqualTo(json(output.resolve("eval.json")).path("robust_accuracy").asDouble());
  }

  @Test
  void theScreenShowsStagesAndTheTable() {
    assertThat(first.screen())
        .contains("evaluating 40 images (all 40)", "stage 1/5 clean  images 40/40  5/5 blocks")
        .containsPattern("stage 2/5 pgd-2 at .*images 36/36  .*  \\d+ stand  .* images/s");
    assertThat(first.out())
        .contains("xcit_nano_12_p8_32", "clean    90.00 %")
        .containsPattern("pgd-2 +36 ")
        .containsPattern("robust accuracy \\d+\\.\\d\\d %");
    assertThat(first.err()).isEmpty();
  }

  @Test
  void aFinishedEvaluationIsShownAgain() {
    Outcome again =
        evaluate("--output", output.toString(), "--attacks", "pgd-2,fgsm", "--eps-sweep", sweep());
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.screen()).contains("is finished").doesNotContain("stage");
    assertThat(again.out()).isEqualTo(first.out());
  }

  @Test
  void twoResultsAreCompared() {
    Path listed = folder.resolve("listed");
    Outcome outcome =
        evaluate(
            "--output", listed.toString(),
            "--attacks", "fgsm",
            "--eps", Double.toString(victim.epsilon()),
            "--n", "10",
            "--sample-seed", "4");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    Outcome compared = command("compare", output.toString(), listed + "/eval.json");
    assertThat(compared.code()).as(compared.err()).isZero();
    assertThat(compared.out())
        .containsPattern("clean +90\\.00 % +\\d+\\.\\d\\d % +[+-]\\d")
        .containsPattern("after fgsm")
        .contains("warning: not the same images")
        .contains("warning: not the same attack set: pgd-2,fgsm and fgsm");
    Outcome missing = command("compare", output.toString(), folder.resolve("no").toString());
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("there is no result at");
  }

  private static Outcome foreign(String... more) throws IOException {
    Path weights = folder.resolve("foreign.safetensors");
    victim.writeForeign(weights);
    List<String> options =
        new ArrayList<>(
            List.of(
                "--model", weights.toString(),
                "--eps", "0",
                "--arch", "xcit_nano_12_p8_32",
                "--img-size", "32",
                "--arg", "embed_dim=32",
                "--arg", "depth=1",
                "--arg", "num_heads=2",
                "--arg", "cls_attn_layers=1"));
    options.addAll(List.of(more));
    return evaluate(options.toArray(String[]::new));
  }

  /** timm's own weights, taken for robust ones, would be scored wrongly, and the reverse. */
  @Test
  void foreignWeightsAreRefusedUntilTheirNormalisationIsNamed() throws IOException {
    Path guessed = folder.resolve("guessed");
    Outcome refused = foreign("--output", guessed.toString());
    assertThat(refused.code()).as(refused.err()).isEqualTo(2);
    assertThat(refused.err())
        .contains(
            "does not say which normalisation its weights were trained behind", "--normalize");
    assertThat(refused.screen()).isEmpty();
    assertThat(guessed).doesNotExist();

    Path plain = folder.resolve("plain");
    Outcome named = foreign("--output", plain.toString(), "--normalize", "none");
    assertThat(named.code()).as(named.err()).isZero();
    assertThat(named.screen())
        .contains("model xcit_nano_12_p8_32, normalisation: pixels as they are (--normalize none)");
    assertThat(named.out())
        .contains("pixels   mean [0.0,0.0,0.0], std [1.0,1.0,1.0] (--normalize none)");
    JsonNode result = json(plain.resolve("eval.json"));
    assertThat(result.path("clean").path("accuracy").asDouble()).isEqualTo(0.9);
    assertThat(result.path("model").path("normalization").toString())
        .isEqualTo(
            "{\"mean\":[0.0,0.0,0.0],\"std\":[1.0,1.0,1.0],\"source\":\"--normalize none\"}");
    assertThat(result.path("model").path("fitting")).isEmpty();

    Outcome other = foreign("--output", plain.toString(), "--normalize", "imagenet");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("holds another evaluation", "mean [0.485, 0.456, 0.406]");
  }

  @Test
  void aModelFileSaysItsNormalisationItself() throws IOException {
    JsonNode normalization = json(output.resolve("eval.json")).path("model").path("normalization");
    assertThat(normalization.path("source").asText()).isEqualTo("recorded in the model file");
    assertThat(normalization.path("mean").path(0).asDouble(-1)).isZero();
    assertThat(first.screen()).contains("pixels as they are (recorded in the model file)");
  }

  @Test
  void tensorsWithoutWeightsAreAFlag() throws IOException {
    Path partial = folder.resolve("partial");
    Outcome outcome =
        foreign(
            "--output",
            partial.toString(),
            "--normalize",
            "none",
            "--strict=false",
            "--arg",
            "depth=2");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.screen()).contains("  left at initial values: blocks.1.gamma1");
    assertThat(json(partial.resolve("eval.json")).path("flags").findValuesAsText("code"))
        .contains("untrained-weights");
  }

  /** Under other columns, and upright only as their EXIF data say. */
  @Test
  void imagesOfOthersAreReadAsTheOptionsSay() throws IOException {
    Path set = folder.resolve("others");
    TurnedImages.write(victim, set.resolve("validation-00000-of-00001.parquet"));
    Path upright = folder.resolve("upright");
    Outcome outcome =
        command(
            "--model", victim.model().toString(),
            "--data", set.toString(),
            "--image-column", "img",
            "--label-column", "fine_label",
            "--exif-orientation", "apply",
            "--eps", "0",
            "--output", upright.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    JsonNode result = json(upright.resolve("eval.json"));
    assertThat(result.path("clean").path("accuracy").asDouble()).isEqualTo(0.9);
    assertThat(result.path("data").path("preprocessing").asText())
        .endsWith(
            ", turned upright by their EXIF orientation; images from column img, labels from column"
                + " fine_label");
  }

  static Stream<Wrong> wrongInput() {
    return Stream.of(
        wrong(
            "class counts",
            List.of("--model", folder.resolve("seven").toString(), "--eps", "4/255"),
            "has 7 classes, split validation of",
            "has 5"),
        wrong(
            "no unit", List.of("--eps", "4"), "--eps: 4 is outside [0, 1]", "did you mean 4/255?"),
        wrong(
            "unknown attack",
            List.of("--eps", "4/255", "--attacks", "apgd-cee"),
            "unknown attack apgd-cee; the nearest are apgd-ce"),
        wrong(
            "attack twice",
            List.of("--eps", "4/255", "--attacks", "standard,square"),
            "standard,square has square twice"),
        wrong(
            "empty list",
            List.of("--eps", "4/255", "--list", folder.resolve("empty.txt").toString()),
            "empty.txt names no image"),
        wrong(
            "id twice",
            List.of("--eps", "4/255", "--list", folder.resolve("twice.txt").toString()),
            "names image 3 twice, in lines 1 and 3"),
        wrong(
            "unknown name",
            List.of("--eps", "4/255", "--list", folder.resolve("unknown.txt").toString()),
            "line 2 of",
            "names nobody.png; no image"),
        wrong("more than there are", List.of("--eps", "4/255", "--n", "41"), "41 images", "has 40"),
        wrong(
            "other plan",
            List.of("--eps", "4/255", "--output", output.toString()),
            "holds another evaluation",
            "attacks"),
        wrong(
            "not square",
            List.of("--eps", "4/255", "--img-size", "32x64"),
            "an evaluation takes square images",
            "32x64"),
        wrong(
            "size twice",
            List.of("--eps", "4/255", "--img-size", "32", "--arg", "img_size=64"),
            "--img-size and --arg img_size say the same: leave one of them out"),
        wrong(
            "classes twice",
            List.of("--eps", "4/255", "--num-classes", "5", "--arg", "num_classes=7"),
            "--num-classes and --arg num_classes say the same: leave one of them out"),
        wrong("no radius", List.of(), "give one of --eps and --eps-sweep"),
        wrong(
            "no model",
            List.of("--model", "nowhere.safetensors", "--eps", "4/255"),
            "nowhere.safetensors"),
        wrong(
            "threads",
            List.of("--eps", "4/255", "--threads", "3"),
            "3 threads do not fit the 2 cores"),
        new Wrong(
            "no split",
            3,
            List.of("--eps", "4/255", "--split", "test"),
            List.of("has no split 'test'; it has validation")));
  }

  private static Wrong wrong(String name, List<String> options, String... answer) {
    return new Wrong(name, 2, options, List.of(answer));
  }

  @ParameterizedTest
  @MethodSource("wrongInput")
  void wrongInputIsOneClearErrorBeforeAnyAttack(Wrong wrong) {
    List<String> options = new ArrayList<>(wrong.options());
    Path nowhere = folder.resolve("nowhere");
    if (!options.contains("--output")) {
      options.addAll(List.of("--output", nowhere.toString()));
    }
    Outcome outcome = evaluate(options.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(wrong.code());
    assertThat(outcome.err()).contains(wrong.answer());
    assertThat(outcome.screen()).isEmpty();
    assertThat(nowhere.resolve("stages")).doesNotExist();
  }

  @Test
  void nothingToEvaluateIsWrongUsage() {
    Outcome outcome = command("--eps", "4/255");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("Give --model, --data and --output");
  }

  /** The whole process dies, not a task: no hook of ours runs. */
  @Test
  void aKilledProcessIsContinuedByTheSameCommand() throws Exception {
    String[] plan = {"--attacks", "pgd-60,fgsm", "--eps", Double.toString(victim.epsilon())};
    Path killed = folder.resolve("killed");
    Path log = folder.resolve("killed.log");
    Process process = process(plan, killed, log);
    try {
      Waiting.until(
          "two blocks of the second attack",
          Work.of(process, () -> Files.readString(log)),
          () -> BlockFiles.contents(killed).size() >= 8 + 2);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(killed.resolve("eval.json")).doesNotExist();
    Map<String, String> committed = BlockFiles.contents(killed);

    Path whole = folder.resolve("whole");
    Outcome undisturbed = evaluate(with(plan, whole));
    Outcome continued = evaluate(with(plan, killed));
    assertThat(continued.code()).as(continued.err()).isZero();
    assertThat(continued.screen()).contains("images were there already");
    assertThat(BlockFiles.contents(killed)).containsAllEntriesOf(committed);
    assertThat(BlockFiles.outcomes(killed)).isEqualTo(BlockFiles.outcomes(whole));
    assertThat(undisturbed.code()).isZero();
  }

  /** Libraries are unloaded when a process ends: whoever still computed in them would crash it. */
  @Test
  void aProcessThatIsToldToEndLeavesNativeCodeFirst() throws Exception {
    String[] plan = {"--attacks", "pgd-100000", "--eps", Double.toString(victim.epsilon())};
    Path output = folder.resolve("told");
    Path log = folder.resolve("told.log");
    Process process = process(plan, output, log);
    try {
      Waiting.until(
          "all blocks without an attack",
          Work.of(process, () -> Files.readString(log)),
          () -> BlockFiles.contents(output).size() >= 4);
      assertThat(process.toHandle().destroy()).isTrue();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(143);
    assertThat(Files.readString(log)).doesNotContain("fatal error", "SIGSEGV", "terminate called");
    assertThat(output.resolve("eval.json")).doesNotExist();
  }

  private static Process process(String[] plan, Path output, Path log) throws IOException {
    List<String> child =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("spark-submit", "jvm.options").toAbsolutePath(),
                "-XX:TieredStopAtLevel=1",
                "-Dspark.master=local[2]",
                "-Dspark.ui.enabled=false",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "RobustEval",
                "--model",
                victim.model().toString(),
                "--data",
                victim.data().toString(),
                "--output",
                output.toString()));
    child.addAll(List.of(plan));
    return new ProcessBuilder(child)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .start();
  }

  private static String[] with(String[] plan, Path target) {
    List<String> options = new ArrayList<>(List.of(plan));
    options.addAll(List.of("--output", target.toString()));
    return options.toArray(String[]::new);
  }

  @Test
  void helpNamesTheOptions() {
    Outcome help = command("--help");
    assertThat(help.code()).isZero();
    assertThat(help.out())
        .contains("--eps-sweep", "--every-attack-on-all", "compare", "Exit codes");
  }
}
