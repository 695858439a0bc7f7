package io.robusttrain.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.storage.OddFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    return training.set("data.path", data).set("run.dir", folder.resolve("runs")).set("run.id", id);
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
    RobustEval.Result result =
        RobustEval.on(spark)
            .model(run.path())
            .data(data.toString())
            .first(16)
            .attacks(String.join(",", attacks))
            .everyAttackOnAll()
            .threat(THREAT)
            .output(folder.resolve("eval").toString())
            .quiet()
            .run();
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
        assertThat(found.toHtml()).contains("adversarial images");
      }
    }
    assertThat(RobustEval.Result.read(result.path()).json()).isEqualTo(result.json());
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
  void anInterruptedRunLeavesACheckpointAndGoesOn() throws Exception {
    RobustTrain training = training("interrupted");
    Thread waiting = Thread.currentThread();
    training.listener(
        new RunListener() {
          @Override
          public void step(Step step) {
            if (step.step() == 1) {
              waiting.interrupt();
            }
          }
        });
    TrainedRun cut = training.run();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(cut.finished()).isFalse();
    TrainedRun whole = training("interrupted").run();
    assertThat(whole.finished()).isTrue();
    assertThat(whole.metrics().numbers("train_loss"))
        .isEqualTo(run.metrics().numbers("train_loss"));
  }
}
