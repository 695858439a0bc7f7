package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that starts from the weights of another. */
@Tag("slow")
class InitialWeightsTest {
  private static final String[] FIRST = {"train.max-steps=5", "model.args.mlp_ratio=2"};

  @TempDir(factory = OddFolder.class)
  static Path folder;

  private static TinyTraining training;

  @BeforeAll
  static void train() {
    training = TinyTraining.withImages(folder);
    requireDone(training.train("first", FIRST));
  }

  @Test
  void theBestModelOfARunBehindANormaliserAndWithSmallerPatches() throws IOException {
    Path checkpoint = training.run("first").resolve("checkpoints/epoch-0001");
    String[] changes = {
      "train.max-steps=5",
      "model.args.mlp_ratio=2",
      "model.name=xcit_nano_12_p4_32",
      "model.initial-checkpoint=" + checkpoint,
      "model.normalize=default",
      "model.initial.check-normalization=false",
      "model.initial.head=replace"
    };
    TinyTraining.Outcome outcome = training.train("second", changes);
    requireDone(outcome);
    assertThat(outcome.out())
        .contains(
            "initial weights from the model file file:" + checkpoint + "/model.safetensors",
            "  note: the file is of a xcit_nano_12_p8_32, this model is a xcit_nano_12_p4_32",
            "  note: patch_size is 8 in the file and 4 here",
            "  note: normalisation overridden: its metadata says mean [0.0, 0.0, 0.0]",
            "the configuration mean [0.485, 0.456, 0.406] and std [0.229, 0.224, 0.225]",
            "  initialised anew: head.weight, head.bias");
    Path run = training.run("second");
    assertThat(Files.readString(run.resolve("manifest.json")))
        .contains("\"initial_weights\" : \"model file file:" + checkpoint)
        .contains("\"initial_weights_reinitialized\" : \"head.weight, head.bias\"");
    // The run goes on from its own checkpoint and still says where it came from.
    changes[0] = "train.max-steps=10";
    TinyTraining.Outcome further = training.train("second", changes);
    requireDone(further);
    assertThat(further.out()).doesNotContain("initial weights from");
    assertThat(Files.readString(run.resolve("manifest.json")).split("\"initial_weights\"", -1))
        .hasSize(3);
  }

  @Test
  void aDryRunSaysWhatWouldChange() {
    TinyTraining.Outcome outcome =
        training.train(
            "none",
            "--dry-run",
            "model.args.mlp_ratio=2",
            "model.initial-checkpoint=" + training.run("first"));
    requireDone(outcome);
    assertThat(outcome.out()).contains("initial weights from the model file ", "/best/model");
    assertThat(training.run("none")).doesNotExist();
  }

  private static void requireDone(TinyTraining.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }
}
