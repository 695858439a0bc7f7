package io.robusttrain.app.prep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.speed.InProcessEngine;
import io.robusttrain.storage.Fence;
import io.robusttrain.train.GuardException;
import io.robusttrain.train.TrainingRun;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import io.robusttrain.train.plan.StagedPlan;
import io.robusttrain.train.recovery.RunControl;
import io.robusttrain.train.resume.StartingPoint;
import io.robusttrain.train.worker.ReplicaWorker;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Label leaking, provoked: a small ResNet on drawn images, attacked by one step of the whole radius
 * from the clean image, learns to read the label off the step. The same with two steps does not.
 */
@Tag("slow")
class LabelLeakingTest {
  private static final int SIDE = 16;
  private static final int CLASSES = 10;
  private static final int TRAIN = 320;
  private static final int VALIDATION = 20;
  private static final double RADIUS = 40 / 255.0;
  private static final double MARGIN = 0.2;

  @TempDir private static Path folder;

  @BeforeAll
  static void drawImages() throws IOException {
    draw("train", 0, TRAIN);
    draw("validation", TRAIN, VALIDATION);
    StringWriter err = new StringWriter();
    int code =
        PrepCommand.execute(
            new PrintWriter(new StringWriter()),
            new PrintWriter(err),
            "folder",
            "--input=" + folder.resolve("images"),
            "--output=" + folder.resolve("data"),
            "--threads=2");
    assertThat(code).as(err.toString()).isZero();
  }

  @Test
  void oneLargeStepRaisesTheAlarm() throws IOException {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    GuardException stopped =
        catchThrowableOfType(GuardException.class, () -> train("one", 1, screen));
    assertThat(stopped)
        .hasMessageContaining("the model answers the attack, not the images")
        .hasMessageContaining("attack in training with more steps (attack.steps)");
    assertThat(metrics("one").alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.kind()).isEqualTo(Alarm.Kind.CATASTROPHIC_OVERFITTING);
              assertThat(alarm.response()).isEqualTo(Alarm.Response.STOPPED);
              assertThat(alarm.figures().get("one_step_top1"))
                  .isGreaterThan(alarm.figures().get("many_steps_top1") + MARGIN);
              assertThat(alarm.figures().get("radius")).isEqualTo(RADIUS);
            });
    assertThat(screen.toString(UTF_8))
        .contains("catastrophic overfitting (stopped)", "run directory");
  }

  @Test
  void twoStepsOfTheSameRadiusDoNot() throws IOException {
    train("two", 2, new ByteArrayOutputStream());
    assertThat(metrics("two").alarms()).isEmpty();
  }

  private static void train(String id, int steps, ByteArrayOutputStream screen) throws IOException {
    RunConfig config =
        ConfigLoader.load(
            List.of(),
            List.of(
                "model.name=resnet18_32",
                "model.img-size=" + SIDE,
                "model.drop-path=0",
                "model.args={layers=[1,1,1,1],channels=[8,8,16,16]}",
                "data.path=" + folder.resolve("data"),
                "augment.scale=[1,1]",
                "augment.ratio=[1,1]",
                "augment.hflip=0",
                "augment.color-jitter=0",
                "attack.eps=" + RADIUS,
                "attack.steps=" + steps,
                "attack.step-size=" + RADIUS / steps,
                "attack.start=clean",
                "eps-schedule.period=3",
                "eps-schedule.step-on=step",
                "objective.smoothing=0",
                "optim.lr=3e-3",
                "optim.weight-decay=0",
                "lr-schedule.type=constant",
                "lr-schedule.warmup-epochs=0",
                "train.epochs=7",
                "train.global-batch=16",
                "train.micro-batch=16",
                "validation.every=7",
                "checkpoint.every=7",
                "report.html=false",
                "run.seed=1",
                "guard.probe.margin=" + MARGIN,
                "guard.probe.action=stop",
                "guard.loss-spike.action=off",
                "guard.no-learning.action=off"));
    Configuration hadoop = new Configuration();
    StagedPlan stages =
        new RunPlanner(config, hadoop, new RunPlan.Topology(1, 1, Long.MAX_VALUE, Long.MAX_VALUE))
            .stages();
    var runs = new org.apache.hadoop.fs.Path(folder.resolve("runs").toUri());
    StartingPoint start =
        StartingPoint.find(stages, new org.apache.hadoop.fs.Path(runs, id), hadoop);
    String text = ConfigRenderer.render(config);
    RunDirectory directory = RunDirectory.open(runs, id, hadoop, text, Map.of(), Fence.none());
    try (InProcessEngine<ReplicaWorker> engine =
        new InProcessEngine<>(ReplicaWorker.factory(start.plan().job()))) {
      new TrainingRun(start, directory, engine, text, Map.of(), new RunControl())
          .train(new PrintStream(screen, true, UTF_8));
    }
  }

  private static MetricsLog.Content metrics(String id) throws IOException {
    var path =
        new org.apache.hadoop.fs.Path(
            folder.resolve("runs").resolve(id).resolve("metrics.jsonl").toUri());
    return MetricsLog.read(
        org.apache.hadoop.fs.FileSystem.getLocal(new Configuration()).getRawFileSystem(), path);
  }

  private static void draw(String split, int first, int count) throws IOException {
    for (int id = first; id < first + count; id++) {
      Path file = folder.resolve("images/%s/class%d/%04d.png".formatted(split, id % CLASSES, id));
      Files.createDirectories(file.getParent());
      ImageIO.write(image(id), "png", file.toFile());
    }
  }

  /** Waves of the class beneath waves of the image, in each colour. */
  private static BufferedImage image(int id) {
    double[][] ofClass = waves(new SplittableRandom(1000 + id % CLASSES), 1, 4);
    SplittableRandom random = new SplittableRandom(77_000_231L + id);
    double[][] ofImage = waves(random, 0, 5);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int rgb = 0;
        for (int colour = 0; colour < 3; colour++) {
          double value =
              0.5
                  + 0.12 * sum(ofClass, colour, x, y)
                  + 0.05 * sum(ofImage, colour, x, y)
                  + 0.02 * (random.nextDouble() - 0.5);
          rgb = rgb << 8 | (int) Math.round(255 * Math.max(0, Math.min(1, value)));
        }
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  /** Twelve waves: colour, waves across and down, phase. */
  private static double[][] waves(SplittableRandom random, int slowest, int end) {
    double[][] waves = new double[12][];
    for (int i = 0; i < waves.length; i++) {
      waves[i] =
          new double[] {
            random.nextInt(3),
            random.nextInt(slowest, end),
            random.nextInt(slowest, end),
            random.nextDouble() * 2 * Math.PI
          };
    }
    return waves;
  }

  private static double sum(double[][] waves, int colour, int x, int y) {
    double sum = 0;
    for (double[] wave : waves) {
      if (wave[0] == colour) {
        sum += Math.cos(2 * Math.PI * (wave[1] * x + wave[2] * y) / SIDE + wave[3]);
      }
    }
    return sum;
  }
}
