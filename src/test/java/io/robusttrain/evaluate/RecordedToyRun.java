package io.robusttrain.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.data.load.SampleReader;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.ToySubject;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.oracle.SafetensorsFixture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code standard} on the recorded network and images, as {@code RobustEval} computes it on two
 * cores: two blocks side by side, one thread each, from the images' files to {@code eval.json}.
 * Compares the images that stand with those of the original's recorded run and prints the seconds;
 * {@code src/test/scripts/peer-autoattack.py} times the original. Its name keeps it out of every
 * build; by hand, after {@code mvn -DskipTests test-compile}:
 *
 * <pre>mvn -pl src surefire:test@default-test -Dtest=RecordedToyRun</pre>
 */
@Tag("minutes")
final class RecordedToyRun {
  private static final int PLANE = ToySubject.SIDE * ToySubject.SIDE;
  private static final int BYTES = 3 * PLANE;

  /** Images that another draw of the random starts may decide otherwise. */
  private static final int DRAWN = 2;

  @TempDir private static Path folder;

  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static JavaSparkContext spark;
  private static Subject subject;

  @BeforeAll
  static void prepare() throws IOException {
    int[] labels = FIXTURE.ints("y_int32");
    byte[][] images = images();
    for (int i = 0; i < images.length; i++) {
      Path file = folder.resolve("raw/test/class-%d/image-%03d.png".formatted(labels[i], i));
      Files.createDirectories(file.getParent());
      ImageIO.write(picture(images[i]), "png", file.toFile());
    }
    Path data = folder.resolve("data");
    DrawnImages.ofFolder(folder.resolve("raw"), data, images.length);
    subject = ToySubject.of(FIXTURE, ImageSet.open(new Configuration(), data.toString(), "test"));
    spark =
        new JavaSparkContext(
            new SparkConf(false)
                .setMaster("local[2]")
                .setAppName("recorded toy")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stop() {
    spark.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void theImagesOfTheOriginalStand(int eps) throws IOException {
    EvaluationPlan plan =
        EvaluationPlanner.plan(
            subject,
            new AttackRequest("standard", Norm.LINF, List.of(eps / 255.0), Coverage.SURVIVORS, 0));
    Path output = folder.resolve("eps-" + eps);
    EvaluationFolder target = EvaluationFolder.at(output.toString(), new Configuration());
    EvaluationOutput claimed = EvaluationOutput.claim(target, plan);
    long begin = System.nanoTime();
    EvaluationResult result =
        new RobustEvaluation(plan, claimed, new Silence()).run(spark, OptionalInt.empty());
    double seconds = (System.nanoTime() - begin) * 1e-9;

    int[] mask =
        SafetensorsFixture.read("golden/attacks/masks_cnn.safetensors")
            .ints("cnn.Linf.%.6f.autoattack_standard".formatted(eps / 255.0));
    int[] standing = standing(output);
    int same = 0;
    for (int i = 0; i < mask.length; i++) {
      same += standing[i] == mask[i] ? 1 : 0;
    }
    System.out.printf(
        "%s%nLinf %d/255, two blocks of one thread: robust accuracy %.4f (%d of %d; recorded %d, %d images as recorded), %.1f s%n",
        result.table(),
        eps,
        result.tree().path("robust_accuracy").asDouble(),
        Arrays.stream(standing).sum(),
        mask.length,
        Arrays.stream(mask).sum(),
        same,
        seconds);
    assertThat(result.tree().path("robust_accuracy").asDouble())
        .isEqualTo(Arrays.stream(standing).sum() / (double) mask.length);
    assertThat(same).isBetween(mask.length - DRAWN, mask.length);
  }

  /** 1 for each recorded image that no stage broke, else 0. */
  private static int[] standing(Path output) throws IOException {
    int[] recorded = recordedIndices();
    int[] standing = new int[recorded.length];
    Arrays.fill(standing, 1);
    for (String block : BlockFiles.contents(output).values()) {
      JsonNode outcome = new ObjectMapper().readTree(block);
      for (int i = 0; i < outcome.path("ids").size(); i++) {
        boolean falls =
            outcome.has("broken")
                ? outcome.path("broken").path(i).asBoolean()
                : !outcome.path("predictions").path(i).equals(outcome.path("labels").path(i));
        if (falls) {
          standing[recorded[outcome.path("ids").path(i).asInt()]] = 0;
        }
      }
    }
    return standing;
  }

  /** By the id of an image its index in the recording: that with the same pixels. */
  private static int[] recordedIndices() {
    Map<ByteBuffer, Integer> known = new HashMap<>();
    byte[][] images = images();
    for (int i = 0; i < images.length; i++) {
      known.put(ByteBuffer.wrap(images[i]), i);
    }
    assertThat(known).hasSize(images.length);
    SampleReader reader =
        new SampleReader(new Configuration(), subject.images(), subject.preprocessing());
    int[] indices = new int[images.length];
    for (int id = 0; id < indices.length; id++) {
      byte[] pixels = new byte[BYTES];
      reader.read(id, pixels, 0);
      indices[id] = known.get(ByteBuffer.wrap(pixels));
    }
    return indices;
  }

  /** The recorded images, whose pixels are whole 255ths, as unsigned bytes (3, S, S) each. */
  private static byte[][] images() {
    float[] pixels = FIXTURE.floats("x");
    byte[][] images = new byte[pixels.length / BYTES][BYTES];
    for (int i = 0; i < pixels.length; i++) {
      images[i / BYTES][i % BYTES] = (byte) Math.round(255 * pixels[i]);
    }
    return images;
  }

  private static BufferedImage picture(byte[] image) {
    BufferedImage picture =
        new BufferedImage(ToySubject.SIDE, ToySubject.SIDE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < PLANE; i++) {
      int rgb =
          ((image[i] & 0xFF) << 16)
              | ((image[PLANE + i] & 0xFF) << 8)
              | (image[2 * PLANE + i] & 0xFF);
      picture.setRGB(i % ToySubject.SIDE, i / ToySubject.SIDE, rgb);
    }
    return picture;
  }

  private static class Silence implements EvaluationListener {
    @Override
    public void progress(Stage stage) {}

    @Override
    public void finished(Stage stage) {}

    @Override
    public void warning(String text) {
      System.out.println(text);
    }
  }
}
