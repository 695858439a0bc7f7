package io.robusttrain.config.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.RecordMappingTest;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Range;
import io.robusttrain.storage.OddFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
  @TempDir(factory = OddFolder.class)
  Path dir;

  private Path file;

  @BeforeEach
  void nameFile() {
    file = dir.resolve("my.conf");
  }

  @Test
  void reportsEveryProblemWithFileAndLine() throws Exception {
    Files.writeString(
        file,
        """
        # a comment
        attack { eps = 4
          steps = "two" }
        trian.epochs = 3
        train.lr = 1
        run = 3
        """);
    assertThatThrownBy(() -> ConfigLoader.load(List.of(file), List.of("attack.epsilon=1", "oops")))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            """
            7 problems in the configuration:
              command line: expected key=value such as train.epochs=2, found oops
              %1$s:6: run: expected a group of keys, found 3; write run { ... }
              %1$s:2: attack.eps: 4 is outside [0, 1], and pixels lie in [0,1]; did you mean 4/255?
              %1$s:3: attack.steps: expected a whole number, found two
              command line: attack.epsilon: unknown key; did you mean attack.eps?
              %1$s:5: train.lr: unknown key; did you mean optim.lr?
              %1$s:4: trian: unknown key; did you mean train?"""
                .formatted(file));
  }

  @ParameterizedTest
  @CsvSource({
    "attack.epsilon, attack.eps",
    "epsilon, attack.eps",
    "attack.ep, attack.eps",
    "epochs, train.epochs",
    "model.lr, optim.lr",
    "optim.weight_decay, optim.weight-decay",
    "train.globalbatch, train.global-batch",
    "validation.attack.eps, validation.attack-eps",
  })
  void suggestsTheNearestKey(String wrong, String right) {
    assertThatThrownBy(() -> ConfigLoader.load(List.of(), List.of(wrong + "=1")))
        .hasMessageContaining("unknown key; did you mean " + right + "?");
  }

  @Test
  void suggestsNothingFarFetched() {
    assertThatThrownBy(() -> ConfigLoader.load(List.of(), List.of("zzzzzzzz=1")))
        .hasMessageContaining(
            "command line: zzzzzzzz: unknown key; --help says where the keys are listed");
  }

  @Test
  void refusesQuotedPaths() throws Exception {
    Files.writeString(file, "\"attack.eps\" = 8/255");
    assertThatThrownBy(() -> ConfigLoader.load(List.of(file), List.of()))
        .hasMessageContaining("attack.eps: unknown key; write it without quotes");
  }

  @Test
  void laterFilesWinAndTheCommandLineWinsOverAll() throws Exception {
    Path second = dir.resolve("second.conf");
    Files.writeString(file, "train.epochs = 50, optim.lr = 1e-3, run.seed = 1");
    Files.writeString(second, "train.epochs = 60, run.seed = 2");
    RunConfig config =
        ConfigLoader.load(List.of(file, second), List.of("run.seed=3", "run.seed = 4"));
    assertThat(config.train().epochs()).isEqualTo(60);
    assertThat(config.optim().lr()).isEqualTo(1e-3);
    assertThat(config.run().seed()).isEqualTo(4);
  }

  @Test
  void readsIncludesAndSubstitutions() throws Exception {
    Files.writeString(dir.resolve("base.conf"), "train { global-batch = 64, micro-batch = 64 }");
    Files.writeString(
        file,
        """
        include "base.conf"
        validation.batch = ${train.global-batch}
        checkpoint.keep = ${report.log-every-steps}
        """);
    RunConfig config = ConfigLoader.load(List.of(file), List.of());
    assertThat(config.validation().batch()).isEqualTo(64);
    assertThat(config.checkpoint().keep()).as("a default can be referred to").isEqualTo(1);
  }

  @Test
  void readsOverridesWithoutQuotes() {
    RunConfig config =
        ConfigLoader.load(
            List.of(),
            List.of(
                "data.path=hdfs://host:8020/a=b",
                "attack.eps=8/255",
                "lr-schedule.warmup-epochs=3 epochs",
                "augment.scale=[0.5, 1]",
                "run.dir=\"quoted\""));
    assertThat(config.data().path()).isEqualTo("hdfs://host:8020/a=b");
    assertThat(config.attack().writtenEpsilon()).isEqualTo(8 / 255.0);
    assertThat(config.lrSchedule().warmupEpochs()).isEqualTo(3);
    assertThat(config.augment().scale()).isEqualTo(new Range(0.5, 1));
    assertThat(config.run().dir()).isEqualTo("quoted");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "my data",
        "[x]",
        "[x",
        "{a,b}/c",
        "\"quoted\"",
        "null",
        "a%20b #1 ö+",
        "a=b",
        "${x}"
      })
  void aTextIsReadBackFromItsOverride(String text) {
    RunConfig config =
        ConfigLoader.load(List.of(), List.of("run.dir=" + ConfigLoader.literal(text)));
    assertThat(config.run().dir()).isEqualTo(text);
  }

  @Test
  void refusesWhatCannotBeRead() throws Exception {
    Files.writeString(file, "attack {\n  eps = [\n");
    assertThatThrownBy(() -> ConfigLoader.load(List.of(file, dir.resolve("no.conf")), List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("2 problems")
        .hasMessageContaining(file + ":3: ")
        .hasMessageContaining("no.conf: no such configuration file");
    assertThatThrownBy(() -> ConfigLoader.load(List.of(), List.of("a..b=1", "augment.scale=[1")))
        .hasMessageContaining("command line: a..b: cannot be read")
        .hasMessageContaining("command line: augment.scale: cannot be read");
    Files.writeString(file, "run.id = ${nowhere}");
    assertThatThrownBy(() -> ConfigLoader.load(List.of(file), List.of()))
        .hasMessageContaining(file + ":1: ")
        .hasMessageContaining("${nowhere}");
  }

  @Test
  void configurationsTravelToExecutors() throws Exception {
    RunConfig config = ConfigLoader.load(List.of(RecordMappingTest.EVERY_KEY), List.of());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(config);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(config);
    }
  }
}
