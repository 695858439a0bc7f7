package io.robusttrain.app.prep;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.Launch;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.train.RunComparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on Spark that were killed within an epoch and submitted again, and what they refuse. */
@Tag("slow")
class ResumedTrainingTest {
  private static final String WHOLE = "whole";
  private static final String NEWEST = "epoch-0001-step-000000006";
  private static final String OF_THE_OTHER_ENGINE = "epoch-0001-step-000000009";
  private static final String[] SETTINGS = {
    "checkpoint.every-steps=3",
    "checkpoint.keep=99",
    "attack.start=previous",
    "eps-schedule.type=constant",
    "model-ema.decay=0.8",
    // From the end of the first epoch on: whoever goes on must be told of it.
    "attack.guided.steps=2",
    "attack.guided.open=-1",
    "attack.guided.close=-1"
  };

  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static TinyTraining training;

  @BeforeAll
  static void train() {
    training = TinyTraining.withImages(folder);
    requireDone(training.train(WHOLE, SETTINGS));
  }

  @Test
  void theSameExecutorsGiveTheSameRun() throws IOException {
    killed("same");
    requireDone(training.train("same", SETTINGS));
    RunComparison.assertSame(training.run("same"), training.run(WHOLE));
  }

  @Test
  void otherExecutorsGiveTheSameRunUpToSums() throws IOException {
    killed("other");
    requireDone(training.train("other", with("distribution.executors=2")));
    TinyTraining.assertSameLosses(
        training.metrics("other").steps(), training.metrics(WHOLE).steps());
    assertNear("checkpoints/epoch-0002/model.safetensors");
    assertNear("checkpoints/epoch-0002/model-ema.safetensors");
  }

  @Test
  void eitherEngineGoesOnFromTheOthersFilesToTheSameBits() throws IOException {
    killed("engine");
    requireDone(training.train("engine", with("distribution.engine=collective")));
    assertSameEnd("engine");
    RunComparison.copyAsKilled(training.run("engine"), training.run("back"), OF_THE_OTHER_ENGINE);
    requireDone(training.train("back", with("distribution.engine=bigdl")));
    assertSameEnd("back");
  }

  private static void assertSameEnd(String id) throws IOException {
    for (String file : List.of("model.safetensors", "model-ema.safetensors")) {
      String last = "checkpoints/epoch-0002/" + file;
      assertThat(TinyTraining.tensors(training.run(id).resolve(last)))
          .as(file)
          .isEqualTo(TinyTraining.tensors(training.run(WHOLE).resolve(last)));
    }
  }

  @Test
  void whatWouldChangeTheRunIsRefused() throws IOException {
    killed("changed");
    TinyTraining.Outcome refused =
        training.train("changed", with("optim.lr=1e-3", "checkpoint.keep=5", "train.epochs=3"));
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err())
        .contains("2 problems in the configuration")
        .contains("optim.lr: is 0.001, but ")
        .contains(NEWEST + " was written with 0.002: take the change back, use another run id")
        .contains("or allow it with run.allow-changed=[optim.lr]")
        .contains("train.epochs: is ");
    // The images may move, and what is allowed by name may change.
    Path moved = folder.resolve("moved");
    copy(training.data(), moved);
    requireDone(
        training.train(
            "changed",
            with("optim.lr=1e-3", "run.allow-changed=[optim.lr]", "data.path=" + moved)));
    assertThat(training.metrics("changed").steps()).hasSize(10);
    assertThat(training.metrics("changed").steps().get(6).lr())
        .isLessThan(training.metrics(WHOLE).steps().get(6).lr());
  }

  @Test
  void otherImagesAtTheSamePlaceAreRefused() throws IOException {
    killed("images");
    Path kept = folder.resolve("kept");
    Files.move(training.data(), kept);
    try {
      String[] others = {
        "synthetic",
        "--output",
        training.data().toString(),
        "--train",
        "72",
        "--val",
        "40",
        "--size",
        "32",
        "--seed",
        "7",
        "--threads",
        "1"
      };
      assertThat(PrepCommand.execute(others)).isZero();
      TinyTraining.Outcome refused = training.train("images", SETTINGS);
      assertThat(refused.code()).as(refused.err()).isEqualTo(2);
      assertThat(refused.err())
          .contains("data.path: ", " has other shards than when ", "run.allow-changed=[data.path]");
    } finally {
      Launch.delete(training.data());
      Files.move(kept, training.data());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static String[] with(String... further) {
    return Stream.concat(Stream.of(SETTINGS), Stream.of(further)).toArray(String[]::new);
  }

  private static void requireDone(TinyTraining.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private static void killed(String id) throws IOException {
    RunComparison.copyAsKilled(training.run(WHOLE), training.run(id), NEWEST);
  }

  private static void assertNear(String file) throws IOException {
    try (SafetensorsFile one = SafetensorsFiles.open(training.run(WHOLE).resolve(file));
        SafetensorsFile two = SafetensorsFiles.open(training.run("other").resolve(file))) {
      for (TensorSpec tensor : one.tensors()) {
        if (tensor.dtype() == DType.I64) {
          continue;
        }
        float[] expected = one.floats(tensor.name());
        float[] actual = two.floats(tensor.name());
        TinyTraining.assertNear(tensor.name(), actual, expected);
      }
    }
  }
}
