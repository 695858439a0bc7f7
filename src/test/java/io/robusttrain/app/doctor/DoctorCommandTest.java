package io.robusttrain.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code RobustDoctor} on a local master, and the look before a training. */
class DoctorCommandTest {
  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyTraining training;

  @BeforeAll
  static void drawImages() {
    training = TinyTraining.withImages(folder);
  }

  private record Answer(int code, String out, String err) {}

  @Test
  void aRunThatFitsIsLookedAtWithItsDataAndNeeds() throws IOException {
    Path file = folder.resolve("doctor.json");
    Answer answer =
        doctor(
            "--data=" + training.data(),
            "--run-dir=" + folder.resolve("runs-of-doctor"),
            "--json=" + file,
            "model.name=xcit_nano_12_p8_32",
            "model.img-size=32",
            "train.global-batch=16",
            "train.micro-batch=4");
    assertThat(answer.code()).as(answer.out() + answer.err()).isZero();
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out())
        .contains("2 shards open, 6 images decode", "the run needs", "Spark 3.5.6, settings fit")
        .containsPattern("\ndoctor {5}11 checks on this machine: (ok|\\d warnings?)\n$");
    JsonNode json = new ObjectMapper().readTree(Files.readString(file));
    assertThat(json.get("failed").asBoolean()).isFalse();
    assertThat(json.get("lines").findValuesAsText("check")).contains("java", "run dir", "data");
    assertThat(folder.resolve("runs-of-doctor")).doesNotExist();
  }

  @Test
  void dataThatIsNotThereAndAFolderThatIsNoneAreBothReported() throws IOException {
    Path file = Files.writeString(folder.resolve("no-folder"), "");
    Answer answer = doctor("--data=" + folder.resolve("none"), "--run-dir=" + file);
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out())
        .containsPattern(
            "FAILED +data +cluster +\\S*" + Pattern.quote(folder.resolve("none").toString()))
        .contains("-> correct data.path or prepare the images with RobustPrep")
        .containsPattern("FAILED +run dir +this machine")
        .contains(": 2 FAILED");
  }

  @Test
  void anUnknownKeyIsWrongUsage() {
    Answer answer = doctor("run.dirr=x");
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.err()).contains("run.dirr").contains("run.dir");
  }

  @Test
  void aTrainingIsRefusedARunFolderThatIsNoneBeforeItsClusterIsLookedAt() throws IOException {
    Path file = Files.writeString(folder.resolve("no-runs"), "");
    TinyTraining.Outcome refused = training.train("refused", "run.dir=" + file);
    assertThat(refused.code()).as(refused.out() + refused.err()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("error: The run directory ")
        .contains(file + "/refused cannot be written: ")
        .endsWith("Choose another run directory or make it writable.\n");
    assertThat(file).isEmptyFile();
  }

  @Test
  void aDryRunLooksAtTheDriverAndOffAtNothing() {
    TinyTraining.Outcome dry = training.train("dry", "run.dir=" + folder.resolve("r"), "--dry-run");
    assertThat(dry.code()).as(dry.err()).isZero();
    assertThat(dry.out()).containsPattern("\ndoctor {5}10 checks on this machine: ");
    assertThat(folder.resolve("r")).doesNotExist();
    TinyTraining.Outcome off = training.train("dry", "doctor.action=off", "--dry-run");
    assertThat(off.out()).doesNotContain("doctor");
  }

  private static Answer doctor(String... arguments) {
    SparkConf spark = new SparkConf(false).setMaster("local[2]").set("spark.ui.enabled", "false");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of(arguments));
    int code =
        DoctorCommand.commandLine(new DoctorLauncher(spark))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all.toArray(String[]::new));
    return new Answer(code, out.toString(), err.toString());
  }
}
