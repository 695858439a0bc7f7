package io.robusttrain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launchers answer before they build or start anything, and the files they share. */
class LauncherTest {
  private static final Path SUBMIT = Path.of("spark-submit").toAbsolutePath();

  @TempDir private Path folder;

  private record Answer(int code, String text) {}

  @ParameterizedTest
  @ValueSource(strings = {"local.sh", "shell.sh", "standalone.sh", "k8s.sh", "notebook.sh"})
  void helpNamesTheOptionsAndEndsWithZero(String script) throws Exception {
    Answer answer = bash(SUBMIT.resolve(script).toString(), "--help");
    assertThat(answer.text()).startsWith("Usage: spark-submit/" + script).contains("--conf");
    assertThat(answer.code()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "local.sh,--nope,unknown option --nope",
    "local.sh,--cores,--cores needs a value",
    "local.sh,--cores=2,unknown option --cores=2",
    "standalone.sh,--nope,unknown option --nope",
    "standalone.sh,--workers,--workers needs a value",
    "k8s.sh,--nope,unknown option --nope",
    "k8s.sh,--image,--image needs a value",
    "shell.sh,--nope,unknown option --nope",
    "shell.sh,--master,--master needs a value",
    "shell.sh,nowhere.jsh,there is no file nowhere.jsh of statements",
    "batch.sh,--nope,unknown option --nope",
    "batch.sh,--publish,--publish needs a value",
    "batch.sh,local.sh,what to train? Give the arguments of RobustTrain after --",
    "notebook.sh,--nope,unknown option --nope",
    "notebook.sh,--workers,--workers needs a value",
  })
  void aWrongOptionIsWrongUsage(String script, String option, String message) throws Exception {
    Answer answer = bash(SUBMIT.resolve(script).toString(), option);
    assertThat(answer.text()).startsWith("error: " + message);
    assertThat(answer.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "local.sh,--cores,0,'the number of cores must be a whole number from 1, not ''0'''",
    "local.sh,--driver-memory,much,'the driver memory must be a size as in 4g, not ''much'''",
    "standalone.sh,--workers,two,'--workers must be a whole number from 1, not ''two'''",
    "standalone.sh,--executor-memory,6,'a memory size must be as in 6g or 512m, not ''6'''",
    "standalone.sh,--master,yarn,'--master must be a standalone master as in spark://host:7077'",
    "notebook.sh,--master,yarn,'--master must be a standalone master as in spark://host:7077'",
    "notebook.sh,--workers,no,'--workers must be a whole number from 1, not ''no'''",
    "k8s.sh,--pvc,runs,'--pvc must be as in runs:/runs or imagenet:/data:ro, not ''runs'''",
    "k8s.sh,--conf,spark.hadoop.fs.s3a.secret.key=x,'spark.hadoop.fs.s3a.secret.key is a secret: it would'",
    "k8s.sh,--master,yarn,'--master must be an API server as in k8s://https'",
    "k8s.sh,--executor-template,nowhere.yaml,there is no pod template nowhere.yaml",
    "shell.sh,--master,yarn,'--master must be local[N] or a standalone master'",
    "shell.sh,--driver-memory,much,'a memory size must be as in 4g or 512m, not ''much'''",
    "shell.sh,--conf,x=1,'--conf must be a Spark property'",
    "k8s.sh,--node-selector,pool,'--node-selector must be as in pool=cpu, not ''pool'''",
  })
  void aWrongValueIsWrongUsage(String script, String option, String value, String message)
      throws Exception {
    Answer answer = bash(SUBMIT.resolve(script).toString(), option, value, "RobustTrain");
    assertThat(answer.text()).startsWith("error: " + message);
    assertThat(answer.code()).isEqualTo(2);
  }

  @Test
  void whereThereIsNoJupyterOneLineSaysHowToGetIt() throws Exception {
    String script = "type() { return 1; }; export -f type; bash " + SUBMIT.resolve("notebook.sh");
    Answer answer = bash("-c", script);
    assertThat(answer.text())
        .isEqualTo(
            "error: there is no Jupyter, on Debian and Ubuntu: apt-get install jupyter-notebook; with Python anywhere: pip install notebook\n");
    assertThat(answer.code()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "RobustTrain --config conf/quickstart.conf,true",
    "RobustTrain -c quickstart.conf a=b,true",
    "RobustTrain --config=conf/quickstart.conf,true",
    "RobustTrain --config conf/cifar10.conf,false",
    "RobustTrain --config conf/quickstart.conf --help,false",
    "RobustEval --config conf/quickstart.conf,false",
  })
  void onlyATrainingOnTheQuickstartNeedsTheEmbeddedData(String arguments, boolean needed)
      throws Exception {
    String check = "source " + SUBMIT.resolve("common.sh") + "; rt_needs_quickstart_data ";
    assertThat(bash("-c", check + arguments).code()).isEqualTo(needed ? 0 : 1);
    Files.createDirectories(folder.resolve("data/synthetic"));
    Files.writeString(folder.resolve("data/synthetic/dataset.json"), "{}");
    assertThat(bash("-c", check + arguments).code()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "--nope,,unknown option --nope",
    "here,,unknown argument here",
    "--threads,,--threads needs a value",
    "--threads,0,'the number of threads must be a whole number from 1, not ''0'''",
    "--capability,sse,'--capability must be of default, avx2 and avx512, not ''sse'''",
    "--cbwr,AUTO,'--cbwr must be of unset, COMPATIBLE, AVX2 and openblas, not ''AUTO'''",
  })
  void wrongUsageOfTheMatrixOfProcessors(String option, String value, String message)
      throws Exception {
    assertWrongUsage("processors.sh", option, value, message);
  }

  @ParameterizedTest
  @CsvSource({
    "--nope,,unknown option --nope",
    "here,,unknown argument here",
    "--rounds,,--rounds needs a value",
    "--steps,0,'--rounds and --steps must be whole numbers from 1, not ''0'''",
    "--models,deit,'--models must be MODEL:BATCH, not ''deit'''",
    "--blocktimes,-1,'--blocktimes must be milliseconds or infinite, not ''-1'''",
    "--neighbours,some,'--neighbours must be whole numbers from 0, not ''some'''",
  })
  void wrongUsageOfTheMeasurementOfWaiting(String option, String value, String message)
      throws Exception {
    assertWrongUsage("waiting.sh", option, value, message);
  }

  @ParameterizedTest
  @CsvSource({
    "--nope,,unknown option --nope",
    "--test,,--test needs a value",
    "--test,NoTest,no wrong rule for a test named NoTest",
  })
  void wrongUsageOfTheWrongRules(String option, String value, String message) throws Exception {
    assertWrongUsage("wrong-rules.sh", option, value, message);
  }

  private void assertWrongUsage(String name, String option, String value, String message)
      throws Exception {
    String script = Path.of("src/test/scripts", name).toAbsolutePath().toString();
    Answer answer = value == null ? bash(script, option) : bash(script, option, value);
    assertThat(answer.text()).startsWith("error: " + message);
    assertThat(answer.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"11.0.2,11", "26-ea,26"})
  void aJavaThatNothingWasSeenOnIsRefused(String version, String feature) throws Exception {
    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"" + version + "\"' >&2\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    String script = "source " + SUBMIT.resolve("common.sh") + "; JAVA_HOME=jdk rt_check_machine";
    Answer answer = bash("-c", script);
    assertThat(answer.text())
        .startsWith(
            "error: jdk/bin/java is Java "
                + feature
                + ", RobustTrain needs a JDK from 17 to 25: point JAVA_HOME to one");
    assertThat(answer.code()).isEqualTo(1);
  }

  /** log4j 2 would read it as empty: errors only, nothing masked. */
  @Test
  void logSettingsForLog4j1AreWrongUsage() throws Exception {
    Files.createDirectories(folder.resolve("spark/jars"));
    Files.createFile(folder.resolve("robusttrain-1.jar"));
    Files.writeString(folder.resolve("old.properties"), "# mine\nlog4j.rootLogger=WARN, stderr\n");
    Answer answer =
        bash(
            "-c",
            "source "
                + SUBMIT.resolve("common.sh")
                + "; RT_TARGET=. SPARK_HOME=spark ROBUSTTRAIN_LOG4J=old.properties; rt_environment");
    assertThat(answer.text())
        .startsWith("error: ROBUSTTRAIN_LOG4J=old.properties is written for log4j 1: see ");
    assertThat(answer.code()).isEqualTo(2);
  }

  @Test
  void theJvmOptionsReachSparkInOnePiece() throws Exception {
    String script =
        "source "
            + SUBMIT.resolve("common.sh")
            + "; RT_JAVA_OPTIONS=(-Da=b '-Dc=d e'); rt_java_options_string";
    assertThat(bash("-c", script).text()).isEqualTo("-Da=b \"-Dc=d e\"");
  }

  @Test
  void skippingTheBuildNeedsACompleteOne() throws Exception {
    String build = "; RT_TARGET=. ROBUSTTRAIN_BUILD=skip; rt_build";
    String script = "set -euo pipefail; source " + SUBMIT.resolve("common.sh") + build;
    Answer answer = bash("-c", script);
    assertThat(answer.text())
        .startsWith("error: ROBUSTTRAIN_BUILD=skip, but . holds no complete build: run mvn");
    assertThat(answer.code()).isEqualTo(1);
    Files.createDirectories(folder.resolve("app-lib"));
    Files.createDirectories(folder.resolve("spark-home/jars"));
    Files.createFile(folder.resolve("robusttrain-1.jar"));
    answer = bash("-c", script);
    assertThat(answer.text()).isEmpty();
    assertThat(answer.code()).isZero();
  }

  @Test
  void anotherBuildSwitchIsWrongUsage() throws Exception {
    String build = "; ROBUSTTRAIN_BUILD=never; rt_build";
    Answer answer = bash("-c", "source " + SUBMIT.resolve("common.sh") + build);
    assertThat(answer.text())
        .startsWith("error: ROBUSTTRAIN_BUILD must be auto or skip, not 'never'");
    assertThat(answer.code()).isEqualTo(2);
  }

  /** An archive of another build costs a warning of the JVM's and is of no use. */
  @ParameterizedTest
  @CsvSource({"recorded,2,true", "recorded,0,false", "'',2,false"})
  void onlyAnArchiveOfClassesOfThisBuildIsUsed(String content, int minute, boolean used)
      throws Exception {
    built();
    Path archive = Files.writeString(folder.resolve("shared-classes-17.jsa"), content);
    age(archive, minute);
    Answer answer = bash("-c", fastStart("skip", "false"));
    assertThat(answer.text())
        .isEqualTo(used ? "-XX:SharedArchiveFile=%s\n".formatted(archive) : "");
    assertThat(answer.code()).isZero();
  }

  @Test
  void classesAreRecordedOnceABuild() throws Exception {
    built();
    Path archive = folder.resolve("shared-classes-17.jsa");
    Answer answer = bash("-c", fastStart("auto", "recording"));
    assertThat(answer.text())
        .startsWith("Recording the classes of a training, once a build, for faster starts ...")
        .endsWith("-XX:SharedArchiveFile=%s\n".formatted(archive));
    assertThat(archive).hasContent("recorded");
    assertThat(folder.resolve("recording")).doesNotExist();
    assertThat(bash("-c", fastStart("auto", "false")).text())
        .isEqualTo("-XX:SharedArchiveFile=%s\n".formatted(archive));
  }

  @Test
  void aRecordingThatFailsIsToldOnceAndTheRunGoesOn() throws Exception {
    built();
    Answer answer = bash("-c", fastStart("auto", "false"));
    assertThat(answer.text())
        .contains("warning: they could not be recorded, runs start some seconds later")
        .contains("the log is %s\n".formatted(folder.resolve("record.log")))
        .doesNotContain("SharedArchiveFile");
    assertThat(answer.code()).isZero();
    assertThat(bash("-c", fastStart("auto", "recording")).text()).isEmpty();
  }

  /** What a build leaves that matters here, a minute after the epoch. */
  private void built() throws IOException {
    age(Files.createFile(folder.resolve("robusttrain-1.jar")), 1);
    age(Files.createDirectories(folder.resolve("app-lib")), 1);
    age(Files.createDirectories(folder.resolve("spark-home/jars")), 1);
  }

  private static void age(Path path, int minute) throws IOException {
    Files.setLastModifiedTime(path, FileTime.from(minute, TimeUnit.MINUTES));
  }

  /** Prints the archive that JVMs are told of; {@code java} is a command. */
  private String fastStart(String build, String java) {
    return """
        set -euo pipefail
        source %s/common.sh
        unset SPARK_HOME
        recording() { case "$*" in *ArchiveClassesAtExit=classes*) echo recorded >classes ;; esac; }
        RT_TARGET=%s RT_JAVA=%s RT_JAVA_VERSION=17 ROBUSTTRAIN_BUILD=%s
        rt_environment
        rt_fast_start
        for option in "${RT_JAVA_OPTIONS[@]}"; do
          case "$option" in -XX:SharedArchiveFile=*) echo "$option" ;; esac
        done
        """
        .formatted(SUBMIT, folder, java, build);
  }

  static List<Path> scripts() throws IOException {
    List<Path> scripts = new ArrayList<>(List.of(Path.of(".ci", "run").toAbsolutePath()));
    for (String name : List.of("spark-submit", "data-prep", "docker", "src/test/scripts")) {
      try (Stream<Path> files = Files.walk(Path.of(name).toAbsolutePath())) {
        files.filter(file -> file.toString().endsWith(".sh")).sorted().forEach(scripts::add);
      }
    }
    assertThat(scripts).hasSizeGreaterThan(3);
    return scripts;
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void everyScriptParsesAndIsExecutable(Path script) throws Exception {
    Answer answer = bash("-n", script.toString());
    assertThat(answer.text()).isEmpty();
    assertThat(answer.code()).isZero();
    assertThat(script).isExecutable();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void shellCheckHasNoWarningWhereItIsInstalled(Path script) throws Exception {
    assumeThat(bash("-c", "type -P shellcheck").code()).isZero();
    String check = "cd \"$(dirname -- \"$0\")\" && shellcheck -x -S warning \"$0\"";
    Answer answer = bash("-c", check, script.toString());
    assertThat(answer.text()).isEmpty();
    assertThat(answer.code()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "/plain-1.0_x~y,file:/plain-1.0_x~y",
    "/a b/100%25#1?,file:/a%20b/100%2525%231%3F",
    "'/größe,x',file:/gr%C3%B6%C3%9Fe%2Cx",
  })
  void aPathBecomesTheUriOfThatFile(String path, String uri) throws Exception {
    String script = "source " + SUBMIT.resolve("common.sh") + "; rt_file_uri \"$0\"";
    assertThat(bash("-c", script, path).text()).isEqualTo(uri);
  }

  /** The job beside a launcher that notes its words and leaves what a run and an evaluation do. */
  private Path batch(String training, String evaluation) throws IOException {
    Path submit = Files.createDirectories(folder.resolve("home/spark-submit"));
    for (String file : List.of("common.sh", "batch.sh")) {
      Files.copy(SUBMIT.resolve(file), submit.resolve(file));
    }
    Files.writeString(
        submit.resolve("local.sh"),
        """
        #!/usr/bin/env bash
        echo "$*" >>words
        case "$*" in
          *RobustTrain*) %s; mkdir -p runs/a; echo page >runs/a/report.html ;;
          *RobustEval*) %s; mkdir -p runs/a/eval; echo result | tee runs/a/eval/eval.json >runs/a/eval/eval.html ;;
        esac
        """
            .formatted(training, evaluation));
    assertThat(submit.resolve("local.sh").toFile().setExecutable(true)).isTrue();
    return submit.resolve("batch.sh");
  }

  private Answer run(Path batch) throws Exception {
    List<String> words = new ArrayList<>(List.of(batch.toString()));
    words.addAll(List.of("--data", "images", "--run-id", "a", "--eps", "4/255", "--n", "8"));
    words.addAll(List.of("--publish", "web", "local.sh", "--cores", "1", "--"));
    words.addAll(List.of("--config", "my.conf"));
    return bash(words.toArray(String[]::new));
  }

  @Test
  void aScheduledJobTrainsEvaluatesAndPublishes() throws Exception {
    Path batch = batch("true", "true");
    Answer answer = run(batch);
    assertThat(answer.code()).as(answer.text()).isZero();
    assertThat(Files.readAllLines(folder.resolve("words")))
        .containsExactly(
            "--cores 1 RobustTrain --config my.conf data.path=images run.dir=runs run.id=a",
            "--cores 1 RobustEval --model runs/a --data images --eps 4/255 --attacks standard"
                + " --output runs/a/eval --n 8");
    assertThat(folder.resolve("web/latest/report.html")).hasContent("page");
    assertThat(folder.resolve("web/a/eval.html")).hasContent("result");
    assertThat(folder.resolve("web/a/eval.json")).hasContent("result");
    // A retry replaces the pages and leaves nothing beside them.
    assertThat(run(batch).code()).isZero();
    try (Stream<Path> files = Files.list(folder.resolve("web"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("a", "latest");
    }
  }

  @ParameterizedTest
  @CsvSource({"exit 4,true,4,training,1", "true,exit 3,3,evaluation,2"})
  void aScheduledJobEndsWithTheExitCodeOfTheStepThatFailed(
      String training, String evaluation, int code, String step, int started) throws Exception {
    Answer answer = run(batch(training, evaluation));
    assertThat(answer.code()).isEqualTo(code);
    assertThat(answer.text())
        .contains(step + " of a ended with exit code " + code + ": nothing is published");
    assertThat(Files.readAllLines(folder.resolve("words"))).hasSize(started);
    assertThat(folder.resolve("web/a")).doesNotExist();
  }

  @Test
  void aScheduledJobThatIsToldToEndWaitsForItsTraining() throws Exception {
    String told =
        "trap 'kill $!; echo saved >saved; exit 143' TERM;"
            + " sleep 60 >/dev/null 2>&1 & kill -TERM $PPID; wait $!";
    Answer answer = run(batch(told, "true"));
    assertThat(answer.code()).as(answer.text()).isEqualTo(143);
    assertThat(folder.resolve("saved")).hasContent("saved");
  }

  /** Of the installation, of the logging, of the configuration and of the runs. */
  @ParameterizedTest
  @ValueSource(strings = {"local.sh", "yarn.sh"})
  void oddNamesReachSparkAsTheyAre(String script) throws Exception {
    Path home = Files.createDirectory(folder.resolve(OddFolder.NAME));
    Path conf = Files.writeString(home.resolve("a #1 ü.conf"), "# nothing");
    String runs = "run.dir=" + home.resolve("runs");
    String call =
        "JAVA_HOME=%s HADOOP_CONF_DIR='%s' ROBUSTTRAIN_LOG4J='%s' ROBUSTTRAIN_BUILD=skip bash \"$@\""
            .formatted(printingJava(), home, conf);
    List<String> command =
        new ArrayList<>(List.of("-c", call, "bash", installed(home).resolve(script).toString()));
    if (script.equals("yarn.sh")) {
      command.addAll(List.of("--deploy-mode", "cluster"));
    }
    command.addAll(List.of("RobustTrain", "--config", conf.toString(), runs));
    Answer answer = bash(command.toArray(String[]::new));
    assertThat(answer.code()).as(answer.text()).isZero();
    String uri = "file:" + escaped(conf);
    List<String> words = answer.text().lines().toList();
    assertThat(words).contains("--config", runs, "LC_ALL is C.UTF-8");
    assertThat(words).anyMatch(word -> word.contains("-Dlog4j2.configurationFile=" + uri));
    if (script.equals("yarn.sh")) {
      String jars = escaped(home.resolve("target/spark-home")) + "/";
      assertThat(words)
          .contains("spark.yarn.dist.files=" + uri, "spark.yarn.jars=local:" + jars + "jars/*")
          .contains("spark.executorEnv.LC_ALL=C.UTF-8", conf.getFileName().toString());
    } else {
      assertThat(words).contains(conf.toString());
    }
  }

  /** A comma would end the path in a list of Spark's. */
  private static String escaped(Path path) {
    String raw = path.toUri().getRawPath().replace(",", "%2C").replace("+", "%2B");
    return raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
  }

  /** The launchers in a folder that looks as a build leaves it. */
  private static Path installed(Path home) throws IOException {
    Path submit = Files.createDirectory(home.resolve("spark-submit"));
    for (String file : List.of("common.sh", "local.sh", "yarn.sh", "jvm.options")) {
      Files.copy(SUBMIT.resolve(file), submit.resolve(file));
    }
    Files.createDirectories(home.resolve("target/app-lib"));
    Files.createDirectories(home.resolve("target/spark-home/jars"));
    Files.createFile(home.resolve("target/robusttrain-1.jar"));
    return submit;
  }

  /** A Java that prints its arguments, one a line. */
  private Path printingJava() throws IOException {
    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
        printf '%s\\n' "$@" "LC_ALL is $LC_ALL"
        """);
    assertThat(java.toFile().setExecutable(true)).isTrue();
    return java.getParent().getParent();
  }

  private Answer bash(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    return new Answer(process.exitValue(), text);
  }
}
