package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.waiting.Waiting;
import io.robusttrain.waiting.Waiting.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code standalone.sh --secure}: who has the secret trains, who has not is refused. */
class SecureIT {
  private static final String SECRET = "0123456789-correct-horse-battery";
  private static final Pattern MASTER = Pattern.compile("Spark cluster at (spark://\\S+):? ");
  private static final Pattern LOGS = Pattern.compile("(?m)^Logs of the cluster: (\\S+) ");

  @TempDir private static Path folder;

  @Test
  void trainsWithTheSecretAndRefusesWorkersWithoutIt() throws Exception {
    drawImages();
    CompletableFuture<Launch> training = train();
    List<String> commandLines = new ArrayList<>();
    String master = master(training);
    Process without = worker(master, "without", "");
    Process wrong = worker(master, "wrong", "a-wrong-secret-of-some-length");
    Waiting.until(
        "end of the training",
        () -> {
          commandLines.addAll(commandLinesWithTheSecret());
          return training.isDone();
        });
    Launch launch = training.get();
    without.destroyForcibly().waitFor();
    wrong.destroyForcibly().waitFor();
    assertThat(launch.code()).as(launch.text()).isZero();
    assertThat(launch.remains()).isEmpty();
    assertThat(commandLines).isEmpty();
    Path cluster = cluster(launch);
    assertThat(registrations(cluster)).isEqualTo(2);
    for (String name : List.of("without", "wrong")) {
      String log = Files.readString(folder.resolve(name + ".log"));
      assertThat(log).contains("Failed to connect to master").doesNotContain("Successfully reg");
    }
    assertThat(folder.resolve("runs/secure/best/model.safetensors")).isNotEmptyFile();
    Files.delete(folder.resolve("secret"));
    Files.delete(folder.resolve("secure.sh"));
    assertThat(filesWithTheSecret(folder)).isEmpty();
    assertThat(filesWithTheSecret(cluster)).isEmpty();
    Launch.delete(cluster);
  }

  private static void drawImages() throws Exception {
    String[] arguments = {
      "--cores",
      "1",
      "--driver-memory",
      "1g",
      "RobustPrep",
      "synthetic",
      "--output=data",
      "--size=32",
      "--train=72",
      "--val=40"
    };
    Launch launch = Launch.of(folder, "local.sh", arguments);
    assertThat(launch.code()).as(launch.text()).isZero();
  }

  private static CompletableFuture<Launch> train() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), SECRET + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Path script =
        Files.writeString(
            folder.resolve("secure.sh"),
            "export ROBUSTTRAIN_SECRET_FILE=%s\nexec %s --secure \"$@\"\n"
                .formatted(secret, Path.of("spark-submit", "standalone.sh").toAbsolutePath()));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--workers",
                "2",
                "--executor-memory",
                "1g",
                "--driver-memory",
                "1g",
                "--keep-logs",
                "RobustTrain",
                "data.path=data",
                "run.id=secure"));
    arguments.addAll(TinyTraining.SETTINGS);
    arguments.addAll(List.of("train.max-steps=2", "doctor.action=off"));
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Launch.of(folder, script.toString(), arguments.toArray(String[]::new));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Where the cluster that is being started listens; it says so in its output. */
  private static String master(CompletableFuture<Launch> training) throws Exception {
    AtomicReference<String> master = new AtomicReference<>();
    Waiting.until(
        "cluster",
        Work.of(training),
        () -> {
          announcedMaster().ifPresent(master::set);
          return master.get() != null;
        });
    return master.get();
  }

  private static Optional<String> announcedMaster() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> file.toString().contains("secure.sh")).toList()) {
        Matcher found = MASTER.matcher(Files.readString(file));
        if (found.find()) {
          return Optional.of(found.group(1).replaceAll(":$", ""));
        }
      }
    }
    return Optional.empty();
  }

  /** A worker that somebody else starts; an empty secret is none. */
  private static Process worker(String master, String name, String secret) throws IOException {
    Path target = Path.of("target").toAbsolutePath();
    Path submit = Path.of("spark-submit").toAbsolutePath();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + submit.resolve("jvm.options"),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                submit.resolve("daemons") + ":" + target.resolve("spark-home/jars/*"),
                "org.apache.spark.deploy.worker.Worker"));
    if (!secret.isEmpty()) {
      command.addAll(List.of("--properties-file", submit.resolve("secure.properties").toString()));
    }
    command.addAll(List.of("--cores", "1", "--memory", "512m", "--host", "127.0.0.1"));
    command.addAll(List.of("--port", "0", "--webui-port", "0"));
    command.addAll(List.of("--work-dir", folder.resolve(name).toString(), master));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SPARK_HOME", target.resolve("spark-home").toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    if (!secret.isEmpty()) {
      builder.environment().put("_SPARK_AUTH_SECRET", secret);
    }
    return builder.redirectOutput(folder.resolve(name + ".log").toFile()).start();
  }

  private static Path cluster(Launch launch) {
    Matcher logs = LOGS.matcher(launch.text());
    assertThat(logs.find()).as(launch.text()).isTrue();
    return Path.of(logs.group(1));
  }

  private static long registrations(Path cluster) throws IOException {
    try (Stream<String> lines = Files.lines(cluster.resolve("master.log"))) {
      return lines.filter(line -> line.contains("Registering worker")).count();
    }
  }

  private static List<String> commandLinesWithTheSecret() throws IOException {
    List<String> found = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
      try {
        String text = Files.readString(file, ISO_8859_1);
        if (text.contains(SECRET)) {
          found.add(text);
        }
      } catch (IOException endedMeanwhile) {
        assertThat(process.isAlive()).as("%s", file).isFalse();
      }
    }
    return found;
  }

  private static List<Path> filesWithTheSecret(Path root) throws IOException {
    byte[] secret = SECRET.getBytes(UTF_8);
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), ISO_8859_1)
            .contains(new String(secret, ISO_8859_1))) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
