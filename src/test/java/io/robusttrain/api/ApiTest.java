package io.robusttrain.api;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way as a notebook goes it: train, load, predict, attack, evaluate, in one session. */
@Tag("slow")
class ApiTest {
  private static final int STEPS_OF_A_RUN = 4;
  private static final Threat THREAT = Threat.linf("4/255");

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static SparkSession spark;
  private static Path data;
  private static TrainedRun run;
  private static final List<RunListener.Step> STEPS = new ArrayList<>();
  private static final List<RunListener.Epoch> EPOCHS = new ArrayList<>();

  @BeforeAll
  static void train() {
    data = TinyTraining.withImages(folder).data();
    spark =
        SparkSession.builder()
            .config(new SparkConf(false).setMaster("local[2]").setAppName("api"))
            .config("spark.ui.enabled", "false")
            .getOrCreate();
    run = training("first").run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static RobustTrain training(String id) {
    RobustTrain training =
        RobustTrain.on(spark)
            .listener(
                new RunListener() {
                  @Override
                  public void step(Step step) {
                    STEPS.add(step);
                  }

                  @Override
                  public void epoch(Epoch epoch) {
                    EPOCHS.add(epoch);
                  }
                })
            .quiet();
    for (String setting : TinyTraining.SETTINGS) {
      int equals = setting.indexOf('=');
      training.set(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return training
        .set("data.path", data)
        .set("run.dir", folder.resolve("runs"))
        .set("run.id", id)
        .set("train.max-steps", STEPS_OF_A_RUN);
  }

  private static Images validation() {
    return Images.read(data.toString(), "validation");
  }

  @Test
  void aRunTellsItsMetricsToListenersAndAsRows() {
    Table metrics = run.metrics();
    assertThat(run.finished()).isTrue();
    assertThat(run.id()).isEqualTo("first");
    assertThat(EPOCHS.get(0).cleanAccuracy()).isEqualTo(metrics.numbers("clean_accuracy")[0]);
    assertThat(STEPS.get(0).step()).isEqualTo(1);
    assertThat(STEPS.get(0).loss()).isEqualTo(run.steps().numbers("loss")[0]);
    assertThat(metrics.dataset(spark).count()).isEqualTo(metrics.size());
    assertThat(run.page()).contains("<h1>first</h1>");
    assertThat(run.toHtml()).contains("data:image/png").contains("fgsm_accuracy");
    assertThat(TrainedRun.open(run.path()).metrics().rows()).isEqualTo(metrics.rows());
  }

  @Test
  void theBestModelSaysOfTheValidationSplitWhatItsFileSays() {
    try (Model model = run.best()) {
      Model.Predictions said = model.predict(validation());
      assertThat(said.accuracy()).isCloseTo(model.scores().get("clean_accuracy"), within(1e-12));
      assertThat(said.table().size()).isEqualTo(validation().count());
      assertThat(said.top(0, 2).column("name").get(0)).isEqualTo(said.className(0));
    }
  }

  @Test
  void theGradientIsThatOfTheLoss() {
    try (Model model = run.best()) {
      Images image = model.prepare(validation().first(1));
      Model.Gradient gradient = model.gradient(image);
      // Along its own gradient a loss rises by the squared length, up to the curvature.
      float[] moved = image.pixels();
      double length = 0;
      double step = 1e-3;
      for (int i = 0; i < moved.length; i++) {
        length += gradient.values()[i] * gradient.values()[i];
      }
      float[] up = moved.clone();
      float[] down = moved.clone();
      double sum = 0;
      for (int i = 0; i < moved.length; i++) {
        double along = step * gradient.values()[i] / Math.sqrt(length);
        up[i] = (float) Math.max(0, Math.min(1, moved[i] + along));
        down[i] = (float) Math.max(0, Math.min(1, moved[i] - along));
        sum += (up[i] - down[i]) * gradient.values()[i];
      }
      double rise =
          model.gradient(image.moved(up, 32, 32)).losses()[0]
              - model.gradient(image.moved(down, 32, 32)).losses()[0];
      assertThat(rise).isCloseTo(sum, within(0.05 * Math.abs(sum) + 1e-5));
    }
  }

  @Test
  void attacksFindWhatAnEvaluationFinds() throws Exception {
    List<String> attacks = List.of("fgsm", "apgd-ce");
    List<String> stages = new ArrayList<>();
    RobustEval.Result result =
        RobustEval.on(spark)
            .model(run.path())
            .data(data.toString())
            .first(16)
            .attacks(String.join(",", attacks))
            .everyAttackOnAll()
            .threat(THREAT)
            .output(folder.resolve("eval").toString())
            .listener(
                new RunListener() {
                  @Override
                  public void stage(Stage stage) {
                    if (stage.finished()) {
                      stages.add(stage.name());
                    }
                  }
                })
            .quiet()
            .run();
    assertThat(stages).hasSize(3).startsWith("clean");
    try (Model model = run.best()) {
      Images images = validation().first(16);
      for (int i = 0; i < 2; i++) {
        Attacks.Result found = Attacks.named(attacks.get(i), THREAT).on(model, images);
        long broken = (long) result.table().numbers("broken")[i];
        long misclassified = Math.round(16 * (1 - result.cleanAccuracy()));
        int all = 0;
        for (int j = 0; j < 16; j++) {
          all += found.broken()[j] ? 1 : 0;
          assertThat(found.distances()[j]).isLessThanOrEqualTo(4.001 / 255);
        }
        assertThat((long) all)
            .isGreaterThanOrEqualTo(broken)
            .isLessThanOrEqualTo(broken + misclassified);
        assertThat(found.toHtml())
            .contains("\"clean images\"", "and the labels\"", "\"adversarial images\"");
      }
    }
    assertThat(RobustEval.Result.read(result.path()).json()).isEqualTo(result.json());
  }

  @Test
  void anAnalysisGivesLinesAndFigures() {
    RobustAnalyze.Result why =
        RobustAnalyze.on(spark)
            .model(run.path())
            .data(data.toString())
            .first(8)
            .threat(THREAT)
            .output(folder.resolve("pictures").toString())
            .quiet()
            .pictures(2, 1);
    assertThat(why.lines()).isNotEmpty();
    assertThat(why.figures()).isNotEmpty();
    assertThat(why.toHtml()).contains("data:image/png");
  }

  @Test
  void aListenerThatFailsEndsTheRunBehindACheckpoint() {
    RobustTrain training = training("failing");
    training.listener(
        new RunListener() {
          @Override
          public void step(Step step) {
            throw new IllegalStateException("my plot");
          }
        });
    assertThatThrownBy(training::run)
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith(
            "a listener threw java.lang.IllegalStateException: my plot: correct");
    assertThat(TrainedRun.open(folder.resolve("runs/failing").toString()).finished()).isFalse();
  }

  @Test
  void picturesAreFoundInFilesAndFolders() throws Exception {
    Path classes = Files.createDirectories(folder.resolve("own"));
    Images first = validation().first(2);
    String name = first.className(0);
    Files.createDirectories(classes.resolve(name));
    Files.write(classes.resolve(name).resolve("a.png"), first.toPng(0));
    Images found = Images.open(classes.toString()).inClassesOf(first.classNames());
    assertThat(found.labels()).containsExactly(first.labels()[0]);
    assertThat(found.pixels()).isEqualTo(first.at(0).pixels());
    assertThat(validation().ofClass(name).labels()).containsOnly(first.labels()[0]);
    assertThat(validation().ids(3, 1).ids()).containsExactly(3, 1);
  }

  @Test
  void picturesBecomeADataSetOnceAndWholeOrNotAtAll() throws Exception {
    Images first = validation().first(4);
    Path pictures = folder.resolve("own-pictures");
    for (int i = 0; i < 4; i++) {
      Path classes = pictures.resolve(i < 2 ? "train" : "val").resolve(i % 2 == 0 ? "a" : "b");
      Files.createDirectories(classes);
      Files.write(classes.resolve(i + ".png"), first.toPng(i));
    }
    List<RunListener.Shards> told = Collections.synchronizedList(new ArrayList<>());
    RobustPrep prep =
        RobustPrep.on(spark)
            .output(folder.resolve("shards").toString())
            .split("validation", "val")
            .listener(
                new RunListener() {
                  @Override
                  public void shards(Shards shards) {
                    told.add(shards);
                  }
                });
    RobustPrep.Result made = prep.folder(pictures.toString());
    assertThat(made.classNames()).containsExactly("a", "b");
    assertThat(made.table().column("split")).containsExactly("train", "validation");
    assertThat(made.table().numbers("images")).containsExactly(2, 2);
    assertThat(told.get(told.size() - 1).finished()).isTrue();
    assertThat(told.get(told.size() - 1).imagesDone()).isEqualTo(4);
    Images read = made.images("validation");
    assertThat(read.ofClass("b").pixels()).isEqualTo(first.at(3).pixels());

    assertThatThrownBy(() -> prep.folder(pictures.toString()))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageEndingWith("shards is not empty; choose another or pass overwrite()");
    Files.writeString(pictures.resolve("train/a/broken.png"), "no picture");
    assertThatThrownBy(() -> prep.overwrite().folder(pictures.toString()))
        .isInstanceOfSatisfying(
            RobustTrainException.class, wrong -> assertThat(wrong.exitCode()).isEqualTo(3))
        .hasMessageContaining("train/a/broken.png: not a JPEG, PNG or WebP image")
        .hasMessageEndingWith("or leave such images out with skipBadImages()");
    assertThat(made.images("train").count()).as("what was there stays").isEqualTo(2);
    assertThat(prep.skipBadImages().folder(pictures.toString()).table().numbers("bad"))
        .containsExactly(1, 0);
    assertThatThrownBy(() -> RobustPrep.on(spark).folder(pictures.toString()))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("where does the data set go?");
  }

  @Test
  void weightsOfOthersNeedTheirNetworkAndTheirNormalisation() throws Exception {
    String name = "xcit_nano_12_p8_32";
    String file = folder.resolve("theirs.safetensors").toString();
    Architecture network = ModelRegistry.create(name, ModelOptions.none());
    float[] flat = new float[network.layout().size()];
    try (FlatParameters parameters = new FlatParameters(network.layout(), ComputeDevice.CPU)) {
      network.initialize(parameters, SeedKey.of(7));
      parameters.store(flat, 0);
    }
    TinyVictim.writeForeign(Path.of(file), network, flat);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageEndingWith(
            "does not say which network it belongs to; name it with the model's name");
    assertThatThrownBy(() -> Model.load(file, name, "imagenets"))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("expected none, default, imagenet, inception, or three means");
    // Inception's constants are powers of two: p = (1 + q) / 2 is exactly q to a model behind them.
    float[] q = new float[3 * 32 * 32];
    float[] p = new float[q.length];
    for (int i = 0; i < q.length; i++) {
      q[i] = i * 37 % 256 / 256f;
      p[i] = (1 + q[i]) / 2;
    }
    float[] plain = logits(Model.load(file, name, "none"), q);
    assertThat(plain).hasSize(10);
    double same = distance(logits(Model.load(file, name, "inception"), p), plain);
    double wrong = distance(logits(Model.load(file, name, "none"), p), plain);
    assertThat(same).isLessThan(wrong / 1000);
  }

  private static float[] logits(Model opened, float[] pixels) {
    try (Model model = opened) {
      return model.predict(Images.of(pixels, 32, 32)).logits(0);
    }
  }

  private static double distance(float[] one, float[] other) {
    double largest = 0;
    for (int i = 0; i < one.length; i++) {
      largest = Math.max(largest, Math.abs(one[i] - other[i]));
    }
    return largest;
  }

  private static RobustAnalyze analysis(String output) {
    return RobustAnalyze.on(spark)
        .model(run.path())
        .data(data.toString())
        .first(6)
        .threat(THREAT)
        .output(folder.resolve(output).toString())
        .quiet();
  }

  @Test
  void perturbationsAreJudgedByOtherModels() {
    RobustAnalyze.Result judged = analysis("transfer").judge("itself", run.path()).transfer(1, 2);
    assertThat(judged.lines()).hasSize(2).allMatch(line -> line.contains("judged by itself: "));
    assertThat(judged.tables()).containsOnlyKeys("transfer.csv");
    assertThatThrownBy(() -> analysis("nobody").transfer(1))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("who judges?");
    assertThatThrownBy(() -> analysis("nobody").judge("a/b", run.path()))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("a judge's name has letters");
    assertThatThrownBy(() -> analysis("nobody").judge("b", "nowhere").transfer(1))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("judge(...) b: there is no");
  }

  @Test
  void finishedAnalysesAreComparedIfTheyWereAskedTheSame() {
    Map<String, String> both = new LinkedHashMap<>();
    both.put("one", analysis("one").effectiveness(2, 1).path());
    both.put("other", analysis("other").effectiveness(2, 1).path());
    RobustAnalyze.Result compared =
        RobustAnalyze.on(spark).output(folder.resolve("both").toString()).compare(both);
    assertThat(compared.toString()).contains("one xcit", "other xcit");
    assertThat(compared.figures()).containsOnlyKeys("effectiveness.png");
    both.put("longer", analysis("longer").effectiveness(3, 1).path());
    assertThatThrownBy(
            () -> RobustAnalyze.on(spark).output(folder.resolve("all").toString()).compare(both))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("one and longer were asked different things: ");
    assertThatThrownBy(() -> analysis("alone").compare(Map.of("one", both.get("one"))))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("what to compare?");
  }

  @Test
  void whatIsWrongIsOneReadableException() {
    assertThatThrownBy(() -> training("wrong").set("train.epoch", 2).run())
        .isInstanceOf(RobustTrainException.class)
        .hasMessageContaining("train.epochs");
    assertThatThrownBy(() -> Model.load("nowhere"))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageContaining("nowhere");
    Model model = run.best();
    model.close();
    assertThatThrownBy(() -> model.predict(validation().first(1)))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("this model is closed; load it again with Model.load(");
    assertThatThrownBy(() -> validation().ofClass("unicorn"))
        .isInstanceOf(RobustTrainException.class)
        .hasMessageStartingWith("there is no class unicorn; there are [");
  }

  @Test
  void aGpuThatIsMissingIsSaidBeforeARunBegins() {
    assumeFalse(ComputeDevice.CUDA.available());
    assertThatThrownBy(() -> training("gpu").set("device", "cuda").run())
        .isInstanceOf(RobustTrainException.class)
        .hasMessage(
            "1 problem in the configuration:\n"
                + "  configuration: device: is cuda, but libtorch finds no such device here: use device=cpu, or a GPU build on a machine with one");
    assertThat(folder.resolve("runs/gpu")).doesNotExist();
  }

  /** Handles of native objects, and threads by their names without numbers. */
  private record Remains(long handles, Map<String, Long> threads) {
    static Remains now() {
      // What no scope owned is freed with its Java object, by a thread that is told of it.
      System.gc();
      Map<String, Long> threads =
          Thread.getAllStackTraces().keySet().stream()
              .map(thread -> thread.getName().replaceAll("[\\d.:#-]+.*", ""))
              // Pools of Spark's, which grow and shrink, and BigDL's, which fills up to 50 a core.
              .filter(name -> !name.startsWith("Executor task") && !name.startsWith("task"))
              .filter(name -> !name.startsWith("default"))
              .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
      return new Remains(NativeRuntime.liveHandles(), threads);
    }

    /** Once the collector finds nothing more, which is later than at its first look. */
    static Remains settled() {
      Remains before;
      Remains now = now();
      do {
        before = now;
        now = now();
      } while (now.handles < before.handles);
      return now;
    }

    boolean nothingBut(Remains other) {
      return handles <= other.handles
          && threads.keySet().stream()
              .noneMatch(name -> name.startsWith("robusttrain") || name.startsWith("replica"))
          && threads.entrySet().stream()
              .allMatch(
                  thread -> thread.getValue() <= other.threads.getOrDefault(thread.getKey(), 0L));
    }
  }

  private static void trainAndLook(String id) {
    try (Model model = training(id).run().best()) {
      Images images = validation().first(4);
      Attacks.pgd(THREAT, 2).on(model, images);
      model.gradient(images);
    }
  }

  @Test
  void anotherRunInTheSameProcessLeavesNoNativeMemoryAndNoThreads() throws Exception {
    trainAndLook("second");
    Remains second = Remains.settled();
    trainAndLook("third");
    // A thread is alive for a moment after whoever waited for its work goes on.
    Waiting.until(
        "end of what the third run used",
        new Work() {
          @Override
          public boolean ended() {
            return false;
          }

          @Override
          public String account() {
            return "%s remain, after the second run %s".formatted(Remains.now(), second);
          }
        },
        () -> Remains.now().nothingBut(second));
  }

  @Test
  void aSessionWithOtherSettingsThanTrainingNeedsIsToldWhichAndWhatToDo() {
    SparkPlace place = SparkPlace.running(spark.sparkContext());
    SparkConf wanted = new SparkConf(false).set("spark.speculation", "true");
    assertThatThrownBy(() -> place.open(wanted))
        .hasMessageContaining("spark.speculation")
        .hasMessageContaining(
            "is false, and this work needs true; a running session cannot change it: stop it and open one with RobustTrain.session()");
  }

  private static void awaitStop(RobustTrain training) {
    try {
      Waiting.until("the run is asked to end", () -> training.control().requested());
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Test
  void anInterruptedRunLeavesACheckpointAndGoesOn() throws Exception {
    RobustTrain training = training("interrupted");
    List<String> stopped = new ArrayList<>();
    Thread waiting = Thread.currentThread();
    training.listener(
        new RunListener() {
          @Override
          public void step(Step step) {
            if (step.step() == 1) {
              waiting.interrupt();
              // Until it is noticed: the few steps that are left could be faster.
              awaitStop(training);
            }
          }

          @Override
          public void stopped(String text) {
            stopped.add(text);
          }
        });
    TrainedRun cut = training.run();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(cut.finished()).isFalse();
    assertThat(stopped)
        .singleElement(as(STRING))
        .matches(
            "stopped on request after step [1-3]; everything is in checkpoint epoch-\\S+: run it again with set\\(\"run.id\", \"interrupted\"\\) to go on");
    TrainedRun whole = training("interrupted").run();
    assertThat(whole.finished()).isTrue();
    assertThat(whole.metrics().numbers("train_loss"))
        .isEqualTo(run.metrics().numbers("train_loss"));
  }
}
