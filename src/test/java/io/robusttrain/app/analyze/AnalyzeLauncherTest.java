package io.robusttrain.app.analyze;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.storage.OddFolder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** {@code RobustAnalyze} in this process: models, images, Spark, tables, figures, wrong input. */
@Tag("slow")
class AnalyzeLauncherTest {
  private static final String[] EFFECTIVENESS = {
    "effectiveness", "--k", "1,2", "--oracle", "4", "--seeds", "0,7", "--n", "12", "--batch", "5"
  };

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  /** Seen as viewfs://here/out by whoever takes Spark's settings. */
  @TempDir private static Path mounted;

  private static TinyVictim victim;
  private static Path run;

  /** What a command left behind. */
  private record Outcome(int code, String out, String err, String screen) {}

  /** Arguments, and words of the answer. */
  private record Wrong(String name, List<String> arguments, List<String> answer) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void draw() throws IOException {
    victim = TinyVictim.in(folder);
    run = folder.resolve("run");
    victim.writeModel(run.resolve("best/model.safetensors"), 5, 0.9);
    victim.writeModel(run.resolve("epochs/epoch-0002.safetensors"), 5, 0.9);
    victim.writeModel(run.resolve("epochs/epoch-0010.safetensors"), 5, 0.9);
    victim.writeModel(folder.resolve("seven/model.safetensors"), 7, 0.9);
    copyWithAnotherName(victim.data(), folder.resolve("renamed"));
  }

  /** The same images, whose class 0 has another name. */
  private static void copyWithAnotherName(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(from.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    Path index = to.resolve("dataset.json");
    String text = Files.readString(index);
    assertThat(text).contains("\"class-0\"");
    Files.writeString(index, text.replace("\"class-0\"", "\"hound\""));
  }

  private static Outcome command(List<String> arguments) {
    SparkConf spark =
        new SparkConf(false)
            .setMaster("local[2]")
            .set("spark.ui.enabled", "false")
            .set("spark.hadoop.fs.viewfs.mounttable.here.link./out", mounted.toUri().toString());
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    AnalyzeLauncher launcher = new AnalyzeLauncher(spark, new PrintStream(screen, true, UTF_8));
    CommandLine line = AnalyzeCommand.commandLine(launcher);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    line.getSubcommands()
        .values()
        .forEach(sub -> sub.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)));
    int code = line.execute(arguments.toArray(String[]::new));
    return new Outcome(code, out.toString(), err.toString(), screen.toString(UTF_8));
  }

  private static Outcome analyze(String[] command, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--data", victim.data().toString()));
    arguments.addAll(List.of(more));
    if (!arguments.contains("--model")) {
      arguments.addAll(List.of("--model", run.toString()));
    }
    return command(arguments);
  }

  private static String eps() {
    return Double.toString(victim.epsilon());
  }

  private static JsonNode json(Path output) throws IOException {
    return new ObjectMapper().readTree(output.resolve("analysis.json").toFile());
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file);
  }

  private static void requireFigures(Path output, String... names) throws IOException {
    for (String name : names) {
      assertThat(ImageIO.read(output.resolve(name + ".png").toFile()).getWidth()).isEqualTo(720);
      assertThat(Files.readString(output.resolve(name + ".svg"))).startsWith("<svg ");
    }
  }

  @Numeric
  @Test
  void theEffectivenessOfKeptEpochsDoesNotDependOnPartitions() throws IOException {
    Path output = folder.resolve("effectiveness");
    // So far that losses from two starts differ in float32, too.
    String[] options = {"--eps", "0.1", "--epochs", "all", "--output", output.toString()};
    Outcome outcome = analyze(EFFECTIVENESS, options);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("PGD-1", "PGD-4", "epoch-2 ", "epoch-10 ", " +- ");
    JsonNode result = json(output);
    assertThat(result.path("models")).hasSize(2);
    for (JsonNode model : result.path("models")) {
      double[] longest = {loss(model, 4, 0), loss(model, 4, 1)};
      for (int seed = 0; seed < 2; seed++) {
        double percent = model.path("attacks").path("pgd-1").path("percents").path(seed).asDouble();
        double expected = 100 * Math.abs(loss(model, 1, seed) - longest[seed]) / longest[seed];
        assertThat(percent).isCloseTo(expected, within(1e-12));
        assertThat(loss(model, 1, seed)).isGreaterThan(0);
      }
      assertThat(loss(model, 1, 0)).as("another start").isNotEqualTo(loss(model, 1, 1));
    }
    assertThat(lines(output.resolve("effectiveness.csv")))
        .hasSize(1 + 2 * 2)
        .first()
        .isEqualTo(
            "model,epoch,steps,difference_percent_mean,difference_percent_std,loss_mean,oracle_loss_mean,oracle_accuracy_mean,clean_accuracy");
    assertThat(lines(output.resolve("effectiveness_seeds.csv"))).hasSize(1 + 2 * 2 * 2);
    requireFigures(output, "effectiveness");
    assertThat(output.resolve("models/epoch-2/images")).doesNotExist();

    Outcome again = analyze(EFFECTIVENESS, options);
    assertThat(again.screen()).contains("is finished").doesNotContain("stage");
    assertThat(again.out()).isEqualTo(outcome.out());

    Path other = folder.resolve("effectiveness-2");
    Outcome grouped =
        analyze(
            EFFECTIVENESS,
            "--eps",
            "0.1",
            "--epochs",
            "all",
            "--partitions",
            "2",
            "--output",
            other.toString());
    assertThat(grouped.code()).as(grouped.err()).isZero();
    assertThat(other.resolve("analysis.json"))
        .hasSameBinaryContentAs(output.resolve("analysis.json"));
    assertThat(other.resolve("effectiveness.svg"))
        .hasSameBinaryContentAs(output.resolve("effectiveness.svg"));
  }

  @Test
  void analysesOfOneKindAreComparedIfTheyWereAskedTheSame() throws IOException {
    String[] brief = {"effectiveness", "--k", "1", "--oracle", "2", "--seeds", "0", "--n", "3"};
    List<String> outputs = new ArrayList<>();
    for (String name : new String[] {"a", "b"}) {
      Path output = folder.resolve("compared-" + name);
      outputs.add(output.toString());
      String[] options = {"--eps", eps(), "--epochs", "all", "--output", output.toString()};
      assertThat(analyze(brief, options).code()).isZero();
    }
    Path both = folder.resolve("both");
    Outcome compared =
        command(
            List.of(
                "compare",
                "light=" + outputs.get(0),
                "canonical=" + outputs.get(1),
                "--output",
                both.toString()));
    assertThat(compared.code()).as(compared.err()).isZero();
    assertThat(compared.out()).contains("light epoch-2 ", "canonical epoch-10 ");
    assertThat(lines(both.resolve("effectiveness.csv"))).hasSize(1 + 4);
    assertThat(Files.readString(both.resolve("effectiveness.svg")))
        .contains("light PGD-1", "canonical PGD-1");

    List<String> again = new ArrayList<>(List.of("compare", "light=" + outputs.get(0)));
    again.addAll(List.of("canonical=" + outputs.get(1), "--output", both.toString()));
    assertThat(command(again).out()).isEqualTo(compared.out());
    again.set(1, "heavy=" + outputs.get(0));
    Outcome taken = command(again);
    assertThat(taken.code()).isEqualTo(2);
    assertThat(taken.err())
        .contains("holds another work; its plan differs in comparison of heavy (not set there, ");
    again.set(again.size() - 1, outputs.get(0));
    assertThat(command(again).err()).contains("compared-a holds another work");
    assertThat(lines(Path.of(outputs.get(0), "effectiveness.csv"))).hasSize(1 + 2);
    again.set(again.size() - 1, "viewfs://here/out/both");
    Outcome elsewhere = command(again);
    assertThat(elsewhere.code()).as(elsewhere.err()).isZero();
    assertThat(mounted.resolve("both/analysis.json")).exists();

    Path other = folder.resolve("other-eps");
    String[] options = {"--eps", "1/255", "--epochs", "2", "--output", other.toString()};
    assertThat(analyze(brief, options).code()).isZero();
    Outcome refused =
        command(List.of("compare", "a=" + outputs.get(0), "b=" + other, "--output", both + "-2"));
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("a and b were asked different things: epsilon (");
    Outcome missing =
        command(List.of("compare", "a=" + outputs.get(0), "b=" + run, "--output", both + "-2"));
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("there is no finished analysis at");
    Outcome single = command(List.of("compare", "a=" + outputs.get(0), "--output", both + "-2"));
    assertThat(single.code()).isEqualTo(2);
    assertThat(single.err()).contains("Give NAME=DIR twice or more");
  }

  private static double loss(JsonNode model, int steps, int seed) {
    return model.path("attacks").path("pgd-" + steps).path("losses").path(seed).asDouble();
  }

  @Numeric
  @Test
  void anInterruptedAnalysisGoesOnWithTheBlocksThatAreMissing() throws IOException {
    Path whole = folder.resolve("whole");
    Outcome undisturbed =
        analyze(EFFECTIVENESS, "--eps", eps(), "--epochs", "10", "--output", whole.toString());
    assertThat(undisturbed.code()).as(undisturbed.err()).isZero();
    Path output = folder.resolve("interrupted");
    String[] options = {"--eps", eps(), "--epochs", "10", "--output", output.toString()};
    assertThat(analyze(EFFECTIVENESS, options).code()).isZero();
    Path model = output.resolve("models/epoch-10");
    Files.delete(output.resolve("analysis.json"));
    Files.delete(model.resolve("result.json"));
    List<Path> blocks;
    try (Stream<Path> files = Files.walk(model.resolve("stages"))) {
      blocks = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    // Of the clean stage, which decodes the images anew, and of one attack.
    for (Path block : blocks) {
      if (block.toString().contains("00-clean")
          || block.toString().endsWith("pgd-2/block-00001.json")) {
        Files.delete(block);
      }
    }
    Outcome resumed = analyze(EFFECTIVENESS, options);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.screen()).contains("images were there already");
    assertThat(resumed.out()).isEqualTo(undisturbed.out());
    assertThat(output.resolve("analysis.json"))
        .hasSameBinaryContentAs(whole.resolve("analysis.json"));
  }

  @Test
  void theLandscapeHasALossForEachImageStartAndLength() throws IOException {
    Path output = folder.resolve("landscape");
    Outcome outcome =
        analyze(
            new String[] {"landscape", "--points", "3", "--starts", "2", "--steps", "0,1,2,4"},
            "--eps",
            eps(),
            "--output",
            output.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    JsonNode model = json(output).path("models").path(0);
    assertThat(model.path("ids")).hasSize(3);
    for (String rule : new String[] {"scaled", "fixed"}) {
      for (String steps : new String[] {"0", "1", "2", "4"}) {
        JsonNode losses = model.path(rule).path("losses").path(steps);
        assertThat(losses).hasSize(2);
        assertThat(losses.path(0)).hasSize(3);
      }
      assertThat(model.path(rule).path("trace").path(1)).hasSize(5);
    }
    // Whatever the rule, the start is the same.
    assertThat(model.path("scaled").path("losses").path("0"))
        .isEqualTo(model.path("fixed").path("losses").path("0"));
    assertThat(lines(output.resolve("landscape_images.csv")))
        .hasSize(1 + 2 * 4 * 2 * 3)
        .first()
        .isEqualTo("model,step_rule,steps,start,image,loss");
    assertThat(lines(output.resolve("landscape.csv"))).hasSize(1 + 2 * 4);
    assertThat(lines(output.resolve("landscape_trace.csv"))).hasSize(1 + 2 * 5);
    requireFigures(output, "landscape", "landscape_trace", "landscape_images");
    assertThat(outcome.out()).contains("scaled", "fixed", "  4: ");
  }

  @Test
  void aSweepIsTwoEvaluationsAndAWordOnMasking() throws IOException {
    Path output = folder.resolve("radii");
    Outcome outcome =
        analyze(
            new String[] {"sweep", "--attacks", "fgsm", "--n", "12"},
            "--radii",
            "0," + eps() + "," + 2 * victim.epsilon(),
            "--pgd-eps",
            "0",
            "--output",
            output.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    JsonNode model = json(output).path("models").path(0);
    double[] accuracies = new ObjectMapper().treeToValue(model.path("accuracies"), double[].class);
    assertThat(accuracies).hasSize(3);
    assertThat(accuracies[0]).isEqualTo(model.path("clean_accuracy").asDouble());
    assertThat(accuracies[2]).isLessThanOrEqualTo(accuracies[1]).isLessThan(accuracies[0]);
    assertThat(lines(output.resolve("sweep.csv")))
        .hasSize(1 + 3)
        .first()
        .isEqualTo("model,epoch,epsilon,radius,robust_accuracy");
    assertThat(model.path("words")).isNotEmpty();
    assertThat(outcome.out()).contains(model.path("words").path(0).asText());
    requireFigures(output, "sweep");
  }

  @Test
  void picturesShowImagesBeforeAndAfterTheAttack() throws IOException {
    Path output = folder.resolve("pictures");
    Outcome outcome =
        analyze(
            new String[] {"pictures", "--steps", "3", "--count", "4", "--n", "12"},
            "--eps",
            "8/255",
            "--output",
            output.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("worst.png", "closest.png", "random.png");
    JsonNode model = json(output).path("models").path(0);
    double last = Double.POSITIVE_INFINITY;
    for (JsonNode worst : model.path("worst")) {
      assertThat(worst.path("loss").asDouble()).isLessThanOrEqualTo(last);
      last = worst.path("loss").asDouble();
    }
    double lead = 0;
    for (JsonNode closest : model.path("closest")) {
      assertThat(Math.abs(closest.path("margin").asDouble())).isGreaterThanOrEqualTo(lead);
      lead = Math.abs(closest.path("margin").asDouble());
    }
    assertThat(lines(output.resolve("pictures.csv"))).hasSize(1 + 3 * 4);
    assertThat(ImageIO.read(output.resolve("worst.png").toFile()).getWidth()).isGreaterThan(300);
    BufferedImage clean = ImageIO.read(output.resolve("images/random-01-clean.png").toFile());
    BufferedImage moved = ImageIO.read(output.resolve("images/random-01-adversarial.png").toFile());
    BufferedImage change = ImageIO.read(output.resolve("images/random-01-difference.png").toFile());
    assertThat(clean.getWidth()).isEqualTo(32);
    int largest = 0;
    for (int i = 0; i < 32 * 32; i++) {
      for (int shift = 0; shift <= 16; shift += 8) {
        int before = clean.getRGB(i % 32, i / 32) >> shift & 0xff;
        int after = moved.getRGB(i % 32, i / 32) >> shift & 0xff;
        int grey = change.getRGB(i % 32, i / 32) >> shift & 0xff;
        largest = Math.max(largest, Math.abs(after - before));
        // Both were rounded to whole levels, and the difference of the exact ones to another.
        assertThat((double) grey).isCloseTo(127.5 + 10 * (after - before), within(10 * 0.5 + 1.0));
      }
    }
    assertThat(largest).isBetween(1, 8);
  }

  @Test
  void featuresAreASheetOfNoiseThatWasMoved() throws IOException {
    Path output = folder.resolve("features");
    Outcome outcome =
        analyze(
            new String[] {
              "features", "--steps", "5", "--classes", "3", "--copies", "2", "--invert", "2"
            },
            "--n",
            "12",
            "--output",
            output.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(json(output).at("/models/0/features")).hasSize(3);
    assertThat(json(output).at("/models/0/bulk").isMissingNode()).isTrue();
    assertThat(lines(output.resolve("features.csv"))).hasSize(1 + 3 * 2);
    assertThat(ImageIO.read(output.resolve("features.png").toFile()).getWidth()).isGreaterThan(200);
    assertThat(json(output).at("/models/0/inversion"))
        .hasSize(2)
        .allSatisfy(image -> assertThat(image.path("distance_after").asDouble()).isPositive());
    assertThat(lines(output.resolve("inversion.csv"))).hasSize(1 + 2);
    assertThat(ImageIO.read(output.resolve("inversion.png").toFile()).getWidth())
        .isGreaterThan(200);
  }

  @Test
  void perturbationsAreImagesThatOthersClassify() throws IOException {
    Path output = folder.resolve("transfer");
    Outcome outcome =
        analyze(
            new String[] {"transfer", "--steps", "1,2", "--judge", "other=" + victim.model()},
            "--preprocessing",
            "res256crop224",
            "--n",
            "12",
            "--eps",
            eps(),
            "--output",
            output.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("pgd-1", "pgd-2", "judged by other: ");
    Path model;
    try (Stream<Path> models = Files.list(output.resolve("models"))) {
      model = models.findFirst().orElseThrow();
    }
    BufferedImage png = ImageIO.read(model.resolve("perturbations/pgd-2/00000003.png").toFile());
    assertThat(png.getWidth()).isEqualTo(32);
    JsonNode judged =
        new ObjectMapper().readTree(model.resolve("judges/pgd-2/other/eval.json").toFile());
    assertThat(judged.path("n").asInt()).isEqualTo(12);
    assertThat(judged.at("/data/preprocessing").asText()).startsWith("the checkpoint's own: ");
    assertThat(json(output).at("/models/0/attacks/pgd-2/judges/other").asDouble())
        .isEqualTo(judged.path("clean").path("accuracy").asDouble());
    assertThat(lines(output.resolve("transfer.csv")))
        .hasSize(1 + 2)
        .first()
        .isEqualTo("source,epoch,attack,source_accuracy,judge,judge_accuracy");
  }

  static Stream<Wrong> wrongInput() {
    String seven = folder.resolve("seven").toString();
    return Stream.of(
        wrong("no word", List.of(), "which analysis? Name one of the commands"),
        wrong("unknown word", List.of("landscap"), "landscap", "landscape"),
        wrong(
            "other classes",
            effectiveness("--model", seven),
            "has 7 classes, split validation of",
            "has 5"),
        wrong(
            "classes of other names",
            effectiveness("--data", folder.resolve("renamed").toString()),
            "--model: of ",
            "class 0 is class-0, that of the data hound",
            "take images of the classes that it was trained for"),
        wrong(
            "an epoch that was not kept",
            effectiveness("--epochs", "10,15"),
            "epoch 15 of",
            "was not kept, those of [2, 10] were",
            "train.keep-epochs=[15]"),
        wrong(
            "no epoch", effectiveness("--epochs", "last"), "expected all, or epochs such as 10,20"),
        wrong(
            "no kept epochs",
            effectiveness("--model", seven, "--epochs", "all"),
            "holds no kept epochs"),
        wrong(
            "longer than the oracle",
            effectiveness("--k", "1,300"),
            "--k: an attack of 300 steps is no shorter than the oracle of 200"),
        wrong("steps that fall", effectiveness("--k", "5,2"), "--k: give numbers from 1 on"),
        wrong(
            "seed twice", effectiveness("--seeds", "1,1"), "--seeds: give one or more, none twice"),
        wrong("no unit", List.of("effectiveness", "--eps", "4"), "--eps: 4 is outside [0, 1]"),
        wrong("L1", effectiveness("--norm", "l1"), "--norm: PGD knows linf and l2"),
        wrong(
            "nothing to attack",
            List.of("effectiveness", "--eps", "0", "--data", "x", "--model", "y", "--output", "z"),
            "--eps: there is nothing to attack at radius 0"),
        wrong(
            "more points than images",
            landscape("--points", "38"),
            "38 correctly classified images are wanted, the model classifies 36 of the 40"),
        wrong("no steps", landscape("--steps", "0"), "--steps: give one number above 0 at least"),
        wrong(
            "unknown judge",
            with("transfer", "--judge", "b=" + folder.resolve("nobody")),
            "--judge b: there is no",
            "nobody"),
        wrong(
            "judge of other classes",
            with("transfer", "--judge", "b=" + seven),
            "--judge b: ",
            "has 7 classes"),
        wrong(
            "judge without a name",
            with("transfer", "--judge", seven),
            "--judge: expected NAME=PATH"),
        wrong(
            "more classes than there are",
            List.of("features", "--classes", "6"),
            "--classes: 6 are wanted, the model has 5"),
        wrong(
            "more copies than a block",
            List.of("features", "--classes", "1", "--copies", "9", "--batch", "8"),
            "--copies: the 9 images of a class are computed together, and a block has at most 8"),
        wrong(
            "more pictures than the driver holds",
            List.of("features", "--classes", "5", "--copies", "5000", "--batch", "5000"),
            "--classes, --copies, --invert: the driver holds at most 21845 pictures of 32x32 pixels"),
        wrong(
            "more photographs than images",
            List.of("features", "--classes", "1", "--invert", "9", "--n", "8"),
            "--invert: 9 photographs are wanted, 8 images are chosen"),
        wrong(
            "radii that fall",
            List.of("sweep", "--radii", "2/255,1/255"),
            "--radii: give two radii or more, each larger than the one before"),
        wrong(
            "unknown attack",
            List.of("sweep", "--attacks", "apgd-cee"),
            "unknown attack apgd-cee; the nearest are apgd-ce"));
  }

  private static List<String> effectiveness(String... more) {
    return with("effectiveness", more);
  }

  private static List<String> landscape(String... more) {
    return with("landscape", more);
  }

  private static List<String> with(String word, String... more) {
    List<String> arguments = new ArrayList<>(List.of(word, "--eps", "4/255"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private static Wrong wrong(String name, List<String> arguments, String... answer) {
    return new Wrong(name, arguments, List.of(answer));
  }

  @ParameterizedTest
  @MethodSource("wrongInput")
  void wrongInputIsOneClearError(Wrong wrong) {
    List<String> arguments = new ArrayList<>(wrong.arguments());
    Path output = folder.resolve("wrong-" + wrong.name());
    if (arguments.size() > 1) {
      if (!arguments.contains("--data")) {
        arguments.addAll(List.of("--data", victim.data().toString()));
      }
      if (!arguments.contains("--model")) {
        arguments.addAll(List.of("--model", run.toString()));
      }
      if (!arguments.contains("--output")) {
        arguments.addAll(List.of("--output", output.toString()));
      }
    }
    Outcome outcome = command(arguments);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err()).contains(wrong.answer());
    assertThat(outcome.err()).doesNotContain("\tat ");
    assertThat(output.resolve("analysis.json")).doesNotExist();
  }

  @Test
  void anotherAnalysisIsNotMixedIn() {
    Path output = folder.resolve("taken");
    String[] brief = {"effectiveness", "--k", "1", "--oracle", "2", "--n", "3"};
    String[] options = {"--eps", eps(), "--output", output.toString(), "--seeds"};
    assertThat(analyze(brief, with(options, "0")).code()).isZero();
    Outcome other = analyze(brief, with(options, "1"));
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err())
        .contains("holds another analysis; its plan differs in seeds ([0] there, [1] here)");
  }

  private static String[] with(String[] options, String last) {
    return Stream.concat(Stream.of(options), Stream.of(last)).toArray(String[]::new);
  }
}
