package io.robusttrain.app.speed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.storage.OddFolder;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code RobustSpeed data} on images small enough for a test. */
class SpeedDataCommandTest {
  private static final List<String> TINY =
      List.of("--drawn-size=32", "--img-size=32", "--images=8", "--batch=4", "--rounds=2");

  @TempDir(factory = OddFolder.class)
  private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void timesDrawnImagesAndSaysSo() throws Exception {
    Path file = folder.resolve("data.json");
    assertThat(execute("--json=" + file)).as(err.toString()).isZero();
    assertThat(out.toString())
        .startsWith(
            "40 drawn images as JPEG, no photographs (--data or --folder names some): 32 x 32")
        .contains("light, 2 rounds of 8 images: ", "canonical, 2 rounds of 8 images: ")
        .contains("| stage | ms an image | min to max | share | images/s alone |")
        .contains(
            "| decode | ", "| crop and resize | ", "| colour jitter | ", "| bytes to floats |");
    assertThat(err.toString()).contains("drawing images", "warm-up", "round 2 of 2");
    JsonNode json = new ObjectMapper().readTree(Files.readString(file));
    assertThat(json.get("threads").asInt()).isEqualTo(1);
    assertThat(json.get("img_size").asInt()).isEqualTo(32);
    assertThat(json.get("mean_width").asDouble()).isEqualTo(32);
    assertThat(json.get("mean_encoded_bytes").asDouble()).isBetween(300.0, 3000.0);
    assertThat(json.get("recipes").findValuesAsText("recipe"))
        .containsExactly("light", "canonical");
    for (JsonNode recipe : json.get("recipes")) {
      assertThat(recipe.get("rounds").asInt()).isEqualTo(2);
      assertThat(recipe.get("images_per_round").asInt()).isEqualTo(8);
      JsonNode stages = recipe.get("seconds_per_image");
      List<String> names = new ArrayList<>();
      stages.fieldNames().forEachRemaining(names::add);
      assertThat(names)
          .containsExactly(
              "read",
              "decode",
              "crop",
              "flip",
              "policy",
              "jitter",
              "rotation",
              "planes",
              "erasing",
              "rest",
              "floats",
              "mixing");
      double sum = 0;
      for (JsonNode stage : stages) {
        assertThat(stage.get("min").asDouble()).isLessThanOrEqualTo(stage.get("median").asDouble());
        assertThat(stage.get("median").asDouble()).isLessThanOrEqualTo(stage.get("max").asDouble());
        sum += stage.get("min").asDouble();
      }
      // The parts make the whole of each round, and so the least parts no more than the fastest.
      assertThat(sum)
          .isLessThanOrEqualTo(1.000001 / recipe.get("images_per_s").get("max").asDouble());
      assertThat(recipe.get("loaded_images_per_s").get("median").asDouble())
          .isGreaterThan(recipe.get("images_per_s").get("median").asDouble());
    }
  }

  @Test
  void timesTheImagesOfAFolder() throws Exception {
    for (String name : List.of("jpeg_420.jpg", "png_rgb.png", "jpeg_cmyk.jpg")) {
      Path file = folder.resolve("val/hat/" + name);
      Files.createDirectories(file.getParent());
      Files.write(file, TestImages.bytes("/images/" + name));
    }
    assertThat(
            execute(
                "--folder=" + folder,
                "--split=val",
                "--images=3",
                "--batch=2",
                "--threads=2",
                "--json=-"))
        .as(err.toString())
        .isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("source").asText()).isEqualTo("val of " + folder);
    assertThat(json.get("recipes").get(0).get("images_per_round").asInt()).isEqualTo(2);
    assertThat(json.get("threads").asInt()).isEqualTo(2);
  }

  @Test
  void answersASplitThatIsNotThereWithThree() throws Exception {
    Path file = folder.resolve("val/hat/a.png");
    Files.createDirectories(file.getParent());
    Files.write(file, TestImages.bytes("/images/png_rgb.png"));
    assertThat(execute("--folder=" + folder)).isEqualTo(3);
    assertThat(err.toString())
        .contains(folder + " has no split train, only val; name one with --split");
  }

  @Test
  void answersBadDataWithThree() {
    assertThat(execute("--data=" + folder.resolve("nothing"))).isEqualTo(3);
    assertThat(err.toString()).contains("nothing does not exist");
  }

  @ParameterizedTest
  @CsvSource({
    "--batch=0,'--batch must be at least 1, not 0'",
    "--rounds=0,'--rounds must be at least 1, not 0'",
    "--threads=0,'--threads must be at least 1, not 0'",
    "--images=0,'--images must be at least 1, not 0'",
    "--images=3,'--images must be at least --batch: 3 is below 4'",
    "--img-size=8,'--img-size must be at least 16, not 8'",
    "--img-size=40,'--img-size must be a multiple of 16, not 40'",
    "--drawn-size=8,'--drawn-size must be at least 32, not 8'",
    "--json=/nowhere/speed.json,'error: --json /nowhere/speed.json: cannot write there'",
  })
  void answersWrongUsageWithTwoBeforeAnythingRuns(String argument, String message) {
    assertThat(execute(argument)).isEqualTo(2);
    assertThat(err.toString())
        .contains(message)
        .doesNotContain("\tat ")
        .doesNotContain("drawing images");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void refusesTwoSources() {
    assertThat(execute("--data=a", "--folder=b")).isEqualTo(2);
    assertThat(err.toString()).contains("--data and --folder exclude each other");
  }

  @Test
  void helpDefinesTheFigures() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString()).contains("What the figures are", "taskset -c 0", "--folder");
  }

  private int execute(String... args) {
    return SpeedCommandLine.execute("data", TINY, out, err, args);
  }
}
