package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.report.Alarm;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark-submit/standalone.sh} as a user runs it: training on real Spark clusters. */
class StandaloneIT {
  private static final int STEPS = 20;
  private static final Pattern LOGS = Pattern.compile("(?m)^Logs of the cluster: (\\S+) ");

  private static final String CONFIG =
      """
      model {
        name = deit_small_patch16_224
        patch-size = 8
        img-size = 32
        embed-dim = 32
        depth = 1
        num-heads = 2
        drop-path = 0.1
      }
      eps-schedule.type = constant
      optim.lr = 2e-3
      lr-schedule {
        warmup-epochs = 0
        cooldown-epochs = 0
      }
      train {
        epochs = 2
        global-batch = 16
        micro-batch = 8
        max-steps = %d
      }
      stages = [{ epochs = 1, img-size = 16 }, { epochs = 1 }]
      guard.probe { samples = 32, steps = 2 }
      """
          .formatted(STEPS);

  @TempDir private static Path folder;

  /** One line of metrics.jsonl. */
  private record Step(double loss, double eps) {}

  @BeforeAll
  static void drawImages() throws Exception {
    Launch launch =
        Launch.of(
            folder,
            "local.sh",
            "--cores",
            "1",
            "--driver-memory",
            "1g",
            "RobustPrep",
            "synthetic",
            "--output=" + folder.resolve("data"),
            "--size=32",
            "--train=256",
            "--val=64");
    assertThat(launch.code()).as(launch.text()).isZero();
    Files.writeString(folder.resolve("tiny.conf"), CONFIG);
  }

  @Test
  void oneAndTwoExecutorsTrainTheSameModel() throws Exception {
    List<Step> one = train(1);
    List<Step> two = train(2);
    // A step has two micro-batches, each on one executor or both on one, and a sum of two numbers
    // is the same in either order.
    assertThat(two).isEqualTo(one);
    // What was compared is an adversarial training that went on, not one number again and again.
    assertThat(one).allSatisfy(step -> assertThat(step.eps()).isEqualTo(4 / 255.0));
    assertThat(one.stream().map(Step::loss).distinct().count()).isGreaterThan(STEPS / 2);
  }

  private static List<Step> train(int workers) throws Exception {
    String id = "workers-" + workers;
    Launch launch =
        Launch.of(
            folder,
            "standalone.sh",
            "--workers",
            Integer.toString(workers),
            "--executor-memory",
            "1g",
            "--driver-memory",
            "1g",
            "--keep-logs",
            "RobustTrain",
            "--config=tiny.conf",
            "--run-id=" + id,
            "data.path=data");
    assertThat(launch.code()).as(launch.text()).isZero();
    Path run = folder.resolve("runs").resolve(id);
    assertThat(launch.text())
        .containsPattern("executors +" + workers + ", each 1 core")
        .contains(
            "stage 2 of 2 begins or goes on at epoch 2", "pos_embed from a grid of 2x2 to 4x4")
        .containsPattern("epoch +train loss +clean +FGSM")
        .containsPattern("run directory +file:" + Pattern.quote(run.toString()));
    assertThat(launch.remains()).as("processes left running").isEmpty();
    Matcher logs = LOGS.matcher(launch.text());
    assertThat(logs.find()).as(launch.text()).isTrue();
    Path cluster = Path.of(logs.group(1));
    for (int worker = 1; worker <= workers; worker++) {
      assertThat(executors(cluster.resolve("work/" + worker))).as("worker %d", worker).isPositive();
    }
    assertThat(TinyTraining.metrics(run).alarms())
        .extracting(Alarm::kind)
        .doesNotContain(Alarm.Kind.EXECUTOR_LOST, Alarm.Kind.STALLED);
    Launch.delete(cluster);
    assertThat(run.resolve("best/model.safetensors")).isNotEmptyFile();
    List<Step> steps = steps(run.resolve("metrics.jsonl"));
    assertThat(steps).hasSize(STEPS);
    return steps;
  }

  /**
   * An executor of a worker has a folder of its own. There may be more than one: when a driver
   * ends, Spark tells its executors first, and the master may replace them before it hears of the
   * end.
   */
  private static int executors(Path worker) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> applications = Files.newDirectoryStream(worker, "app-*")) {
      for (Path application : applications) {
        try (DirectoryStream<Path> executors = Files.newDirectoryStream(application)) {
          for (Path executor : executors) {
            assertThat(executor.resolve("stderr")).exists();
            count++;
          }
        }
      }
    }
    return count;
  }

  private static List<Step> steps(Path metrics) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<Step> steps = new ArrayList<>();
    for (String line : Files.readAllLines(metrics)) {
      JsonNode node = mapper.readTree(line);
      if (node.path("kind").asText().equals("step")) {
        assertThat(node.path("loss").isNumber()).as(line).isTrue();
        steps.add(new Step(node.path("loss").asDouble(), node.path("eps").asDouble()));
      }
    }
    return steps;
  }
}
