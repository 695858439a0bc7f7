package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets in Hadoop's settings and in addresses, and where they must not turn up. */
@Tag("slow")
class PlantedSecretsTest {
  private static final String HADOOP = "spark.hadoop.";

  /** What a user of S3, Azure and Spark's authentication has among the settings. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          HADOOP + "fs.planted.impl",
          PlantedFileSystem.class.getName(),
          HADOOP + "fs.s3a.access.key",
          "pl4nted-access",
          HADOOP + "fs.s3a.secret.key",
          "pl4nted-s3a",
          HADOOP + "fs.azure.account.key.store.dfs.core.windows.net",
          "pl4nted-azure",
          HADOOP + "dfs.client.password",
          "pl4nted-password",
          "spark.planted.token",
          "pl4nted-token");

  @TempDir private Path folder;

  @Test
  void noFileOfARunAndNoLineOfItsOutputHasASecret() throws IOException {
    TinyTraining tiny = TinyTraining.withImages(folder);
    String root = PlantedFileSystem.ROOT + folder;
    TinyTraining.Outcome outcome =
        train("secret", "data.path=" + root + "/data", "run.dir=" + root + "/runs");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("planted://******@store" + folder + "/data");
    assertThat(outcome.out() + outcome.err()).doesNotContain("pl4nted");
    assertThat(tiny.run("secret").resolve("report.html")).isNotEmptyFile();
    assertThat(Files.readString(tiny.run("secret").resolve("config.conf")))
        .contains("path = \"planted://******@store" + folder + "/data\"");
    assertThat(filesWith("pl4nted")).isEmpty();
  }

  @Test
  void noErrorShowsASecret() {
    String wrong = "planted://" + PlantedFileSystem.KEY + ":pl4nted-wrong@store" + folder;
    TinyTraining.Outcome outcome = train("wrong", "data.path=" + wrong, "--debug");
    assertThat(outcome.code()).isNotZero();
    assertThat(outcome.err()).contains("planted://******@store").contains("access denied");
    assertThat(outcome.out() + outcome.err()).doesNotContain("pl4nted");
    outcome = train("typo", "data.secret.password=pl4nted-typo", "data.path=" + wrong);
    assertThat(outcome.code()).isEqualTo(ExitCode.USAGE.number());
    assertThat(outcome.out() + outcome.err()).doesNotContain("pl4nted");
  }

  private static TinyTraining.Outcome train(String id, String... changes) {
    SparkConf conf = new SparkConf(false);
    SETTINGS.forEach(conf::set);
    List<String> arguments = new ArrayList<>(TinyTraining.SETTINGS);
    arguments.add("run.id=" + id);
    arguments.addAll(List.of(changes));
    return TinyTraining.command(conf, arguments.toArray(String[]::new));
  }

  private List<Path> filesWith(String secret) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), ISO_8859_1).contains(secret)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
