package io.robusttrain.app.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.load.EvalUnit;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.Evaluation;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.EventFile;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.view.RunFolder;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.storage.Storage;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way: images, Spark, BigDL, libtorch, validation, files. */
@Tag("slow")
class TrainLauncherTest {
  private static final double EPSILON = 4 / 255.0;
  private static final String UNDISTURBED = "undisturbed";

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyTraining training;
  private static TinyTraining.Outcome undisturbed;

  /** What a step computed, without its times. */
  private record Step(int epoch, long step, double loss, double eps, double lr, double norm) {
    static Step of(StepMetrics line) {
      return new Step(
          line.epoch(), line.step(), line.loss(), line.eps(), line.lr(), line.gradNorm());
    }
  }

  /** What an epoch came to, without times and memory. */
  private record Epoch(int epoch, double loss, double clean, double fgsm) {
    static Epoch of(EpochMetrics line) {
      return new Epoch(line.epoch(), line.trainLoss(), line.cleanTop1(), line.fgsmTop1());
    }
  }

  @BeforeAll
  static void train() {
    training = TinyTraining.withImages(folder);
    undisturbed = training.train(UNDISTURBED);
    assertThat(undisturbed.code()).as(undisturbed.err()).isZero();
  }

  @Test
  void leavesACompleteRunDirectory() throws IOException {
    Path run = training.run(UNDISTURBED);
    assertThat(files(run))
        .contains(
            "config.conf",
            "manifest.json",
            "metrics.jsonl",
            "report.html",
            "best/model.safetensors",
            "best/look.json",
            "checkpoints/epoch-0001/model.safetensors",
            "checkpoints/epoch-0002/model.safetensors")
        .anyMatch(name -> name.startsWith("events/events.out.tfevents"))
        .noneMatch(name -> name.contains("/.") || name.startsWith("."));
    assertThat(undisturbed.out())
        .containsPattern("epoch +train loss +clean +FGSM")
        .contains("<- best", "best/model.safetensors", run.toString());
    assertThat(undisturbed.err()).isEmpty();
  }

  @Test
  void whatTheBestModelMakesOfTheImagesIsWhatItsScoresSay() throws IOException {
    org.apache.hadoop.fs.Path run =
        new org.apache.hadoop.fs.Path(training.run(UNDISTURBED).toUri());
    RunLook look = RunFolder.look(Storage.fileSystem(run, new Configuration()), run).orElseThrow();
    EpochMetrics best = training.metrics(UNDISTURBED).epochs().get(look.epoch());
    double images = look.classes().stream().mapToInt(RunLook.ClassCounts::images).sum();
    assertThat(look.classes().stream().mapToInt(RunLook.ClassCounts::clean).sum() / images)
        .isEqualTo(best.cleanTop1());
    assertThat(look.classes().stream().mapToInt(RunLook.ClassCounts::attacked).sum() / images)
        .isEqualTo(best.fgsmTop1());
    assertThat(look.twins()).hasSizeBetween(1, 16);
    for (RunLook.Twins twins : look.twins()) {
      BufferedImage clean = ImageIO.read(new ByteArrayInputStream(twins.clean().png()));
      BufferedImage attacked = ImageIO.read(new ByteArrayInputStream(twins.attacked().png()));
      int farthest = 0;
      for (int i = 0; i < clean.getWidth() * clean.getHeight(); i++) {
        int x = i % clean.getWidth();
        int y = i / clean.getWidth();
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
          int one = clean.getRGB(x, y) >> shift & 0xff;
          int other = attacked.getRGB(x, y) >> shift & 0xff;
          farthest = Math.max(farthest, Math.abs(one - other));
        }
      }
      // Epsilon is 4/255, and FGSM goes all the way.
      assertThat(farthest).isEqualTo(4);
    }
    assertThat(Files.readString(training.run(UNDISTURBED).resolve("report.html")))
        .contains(">Images at the best epoch</h2>", ">Classes at the best epoch</h2>");
  }

  @Test
  void theEventsHoldCurvesPicturesAndHistograms() throws IOException {
    List<EventFile.Value> values = new ArrayList<>();
    for (String name : files(training.run(UNDISTURBED))) {
      if (name.startsWith("events/")) {
        values.addAll(EventFile.values(training.run(UNDISTURBED).resolve(name)));
      }
    }
    assertThat(values).extracting(EventFile.Value::tag).contains("train/loss", "val/fgsm_top1");
    for (long step : new long[] {TinyTraining.STEPS_PER_EPOCH, 2 * TinyTraining.STEPS_PER_EPOCH}) {
      List<EventFile.Value> here = values.stream().filter(v -> v.step() == step).toList();
      EventFile.Message picture =
          here.stream()
              .filter(v -> v.tag().equals("val/images"))
              .findFirst()
              .orElseThrow()
              .content()
              .message(4);
      BufferedImage drawn = ImageIO.read(new ByteArrayInputStream(picture.bytes(4)));
      assertThat(drawn.getHeight()).isEqualTo((int) picture.number(1));
      assertThat(drawn.getWidth()).isEqualTo((int) picture.number(2));
      assertThat(here.stream().filter(v -> v.tag().startsWith("weights/")))
          .isNotEmpty()
          .allSatisfy(
              value -> {
                EventFile.Message histogram = value.content().message(5);
                assertThat(java.util.Arrays.stream(histogram.reals(7)).sum())
                    .isEqualTo(histogram.real(3));
              });
    }
  }

  private static int report(StringWriter out, StringWriter err, String... arguments) {
    List<String> all = new ArrayList<>(List.of("report"));
    all.addAll(List.of(arguments));
    return TrainCommand.commandLine((config, mode) -> {})
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void theReportIsRenderedAgain() throws IOException {
    Path page = training.run(UNDISTURBED).resolve("report.html");
    String before = Files.readString(page);
    Files.writeString(page, "lost");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    assertThat(report(out, err, training.run(UNDISTURBED).toString())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("report.html");
    assertThat(page).content().isEqualTo(before);
  }

  @Test
  void severalRunsBecomeOnePageEvenOneThatHasNoBestModel() throws IOException {
    Path other = Files.createDirectories(folder.resolve("begun"));
    for (String name : List.of("config.conf", "metrics.jsonl")) {
      Files.copy(training.run(UNDISTURBED).resolve(name), other.resolve(name));
    }
    Path page = folder.resolve("both.html");
    String[] runs = {training.run(UNDISTURBED).toString(), other.toString()};
    StringWriter err = new StringWriter();
    assertThat(report(new StringWriter(), err, runs)).isEqualTo(2);
    assertThat(err.toString()).contains("Name the page of several runs with --output FILE.");
    assertThat(report(new StringWriter(), err, runs[0], runs[1], "--output", page.toString()))
        .as(err.toString())
        .isZero();
    assertThat(page).content().contains(">undisturbed</th>", ">begun</th>", "begun FGSM");
  }

  @Test
  void aReportOfNoRunIsRefused() {
    StringWriter err = new StringWriter();
    assertThat(report(new StringWriter(), err, folder.resolve("nowhere").toString())).isEqualTo(2);
    assertThat(err.toString())
        .contains("There is no run at ", "Name the directory of a run, such as runs/ID.");
  }

  @Test
  void metricsHaveTheAgreedKeys() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(training.run(UNDISTURBED).resolve("metrics.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines).hasSize(2 * (TinyTraining.STEPS_PER_EPOCH + 1));
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = lines.get(i);
      List<String> keys = new ArrayList<>();
      line.fieldNames().forEachRemaining(keys::add);
      if ((i + 1) % (TinyTraining.STEPS_PER_EPOCH + 1) == 0) {
        assertThat(line.path("kind").asText()).isEqualTo("epoch");
        assertThat(keys)
            .containsExactly(
                "kind", "epoch", "train_loss", "clean_top1", "fgsm_top1", "seconds", "rss_mb");
        assertThat(line.path("clean_top1").asDouble()).isBetween(0.0, 1.0);
      } else {
        assertThat(line.path("kind").asText()).isEqualTo("step");
        assertThat(keys)
            .containsExactly(
                "kind",
                "epoch",
                "step",
                "loss",
                "eps",
                "lr",
                "grad_norm",
                "images_per_s",
                "data_wait_share");
        assertThat(line.path("eps").asDouble()).isBetween(0.0, EPSILON);
        assertThat(line.path("data_wait_share").asDouble()).isBetween(0.0, 1.0);
      }
    }
  }

  @Test
  void theStoredScoreIsTheScoreOfTheStoredWeights() throws IOException {
    Path file = training.run(UNDISTURBED).resolve("best/model.safetensors");
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    Scores stored;
    EvaluationCounts counts;
    try (ModelFile model = ModelFile.open(Storage.fileSystem(path, new Configuration()), path)) {
      stored = model.card().scores().orElseThrow();
      counts = evaluate(model.card(), model.tensors());
    }
    assertThat(stored.images()).isEqualTo(TinyTraining.VALIDATION);
    assertThat(stored.epsilon()).isEqualTo(EPSILON);
    assertThat(stored.cleanTop1()).isEqualTo(counts.clean().top1Accuracy());
    assertThat(stored.cleanTop5()).isEqualTo(counts.clean().top5Accuracy());
    assertThat(stored.fgsmTop1()).isEqualTo(counts.adversarial().top1Accuracy());
    assertThat(stored.fgsmTop5()).isEqualTo(counts.adversarial().top5Accuracy());
    List<EpochMetrics> epochs = training.metrics(UNDISTURBED).epochs();
    EpochMetrics line = epochs.get(stored.epoch());
    assertThat(line.cleanTop1()).isEqualTo(stored.cleanTop1());
    assertThat(line.fgsmTop1()).isEqualTo(stored.fgsmTop1());
    assertThat(epochs).allMatch(epoch -> epoch.fgsmTop1() <= stored.fgsmTop1());
  }

  @Test
  void aRunThatStoppedWithinAnEpochGoesOnAsIfItHadNot() throws IOException {
    String id = "continued";
    int stop = TinyTraining.STEPS_PER_EPOCH + 2;
    TinyTraining.Outcome first = training.train(id, "train.max-steps=" + stop);
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(training.metrics(id).steps()).hasSize(stop);
    assertThat(files(training.run(id))).noneMatch(name -> name.contains("epoch-0002"));

    TinyTraining.Outcome second = training.train(id);
    assertThat(second.code()).as(second.err()).isZero();
    assertSameRun(id);
    JsonNode manifest =
        new ObjectMapper().readTree(training.run(id).resolve("manifest.json").toFile());
    assertThat(manifest.path("starts").size()).isEqualTo(2);

    // A finished run has nothing left to do: it shows its results again.
    TinyTraining.Outcome third = training.train(id);
    assertThat(third.code()).as(third.err()).isZero();
    assertThat(third.out()).contains("<- best");
    assertSameRun(id);
  }

  @Test
  void theSameSeedGivesTheSameRunAndAnotherSeedAnother() throws IOException {
    assertThat(training.train("again").code()).isZero();
    assertSameRun("again");
    assertThat(training.train("other", "run.seed=43", "train.epochs=2", "train.max-steps=1").code())
        .isZero();
    assertThat(training.metrics("other").steps().get(0).loss())
        .isNotEqualTo(training.metrics(UNDISTURBED).steps().get(0).loss());
  }

  @Test
  void replicasAndExecutorsDoNotChangeTheLosses() throws IOException {
    assertThat(training.train("replicas", "distribution.replicas=core").code()).isZero();
    assertSameLosses("replicas");
    assertThat(training.train("executors", "distribution.executors=2").code()).isZero();
    assertSameLosses("executors");
  }

  @Test
  void theCollectiveEngineTrainsTheSameModel() throws IOException {
    TinyTraining.Outcome one = training.train("collective", "distribution.engine=collective");
    assertThat(one.code()).as(one.err()).isZero();
    assertThat(one.out())
        .contains("engine     collective: executors connect to each other, and to the driver");
    assertSameLosses("collective");
    // A worker that is alone adds nothing up: the engines agree in every bit.
    String file = "checkpoints/epoch-0002/model.safetensors";
    assertThat(TinyTraining.tensors(training.run("collective").resolve(file)))
        .isEqualTo(TinyTraining.tensors(training.run(UNDISTURBED).resolve(file)));
    TinyTraining.Outcome two =
        training.train(
            "collective-2", "distribution.engine=collective", "distribution.executors=2");
    assertThat(two.code()).as(two.err()).isZero();
    assertSameLosses("collective-2");
  }

  private static void assertSameRun(String id) throws IOException {
    assertThat(training.metrics(id).steps().stream().map(Step::of))
        .containsExactlyElementsOf(
            training.metrics(UNDISTURBED).steps().stream().map(Step::of).toList());
    assertThat(training.metrics(id).epochs().stream().map(Epoch::of))
        .containsExactlyElementsOf(
            training.metrics(UNDISTURBED).epochs().stream().map(Epoch::of).toList());
    for (String file :
        List.of(
            "best/model.safetensors",
            "checkpoints/epoch-0001/model.safetensors",
            "checkpoints/epoch-0002/model.safetensors")) {
      assertThat(TinyTraining.tensors(training.run(id).resolve(file)))
          .as(file)
          .isEqualTo(TinyTraining.tensors(training.run(UNDISTURBED).resolve(file)));
    }
  }

  private static void assertSameLosses(String id) throws IOException {
    TinyTraining.assertSameLosses(
        training.metrics(id).steps(), training.metrics(UNDISTURBED).steps());
  }

  /** Evaluation from the file alone: the model, its preprocessing and its weights. */
  private static EvaluationCounts evaluate(ModelCard card, SafetensorsFile tensors)
      throws IOException {
    Architecture architecture =
        ModelRegistry.create(
            card.architecture().model(), ModelOptions.of(card.architecture().arguments()));
    ImageSet images = ImageSet.open(new Configuration(), training.data().toString(), "validation");
    int side = architecture.imageSize();
    EvalTransform transform =
        new EvalTransform(
            side,
            card.preprocessing().cropPct(),
            Interpolation.valueOf(card.preprocessing().interpolation().toUpperCase(Locale.ROOT)));
    int[] units = IntStream.range(0, EvalLoader.unitCount(images, TinyTraining.UNIT)).toArray();
    Evaluation evaluation = new Evaluation(ProjectedGradientDescent.fgsm(EPSILON));
    SeedKey key = SeedKey.of(42).with("validation-noise");
    EvaluationCounts counts = EvaluationCounts.NONE;
    try (FlatParameters parameters = parameters(architecture, tensors);
        Classifier classifier = architecture.bind(parameters);
        EvalLoader loader =
            new EvalLoader(
                images, new Configuration(), transform, TinyTraining.UNIT, units, 1, 0)) {
      while (loader.hasNext()) {
        EvalUnit unit = loader.next();
        try (PointerScope scope = new PointerScope()) {
          counts =
              counts.plus(
                  evaluation.evaluate(
                      classifier,
                      Pixels.of(
                          Tensors.pixels(
                              unit.pixels(), ComputeDevice.CPU, unit.size(), 3, side, side)),
                      Tensors.labels(unit.labels(), ComputeDevice.CPU),
                      NoiseSource.perSample(key, unit.sampleIds())));
        }
      }
    }
    return counts;
  }

  private static FlatParameters parameters(Architecture architecture, SafetensorsFile tensors)
      throws IOException {
    float[] flat = new float[architecture.layout().size()];
    for (ParameterSpec spec : architecture.layout().specs()) {
      float[] values = tensors.floats(spec.name());
      System.arraycopy(values, 0, flat, architecture.layout().offset(spec.name()), values.length);
    }
    FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU);
    parameters.load(flat, 0);
    return parameters;
  }

  private static List<String> files(Path run) throws IOException {
    try (Stream<Path> paths = Files.walk(run)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> run.relativize(path).toString())
          .toList();
    }
  }
}
