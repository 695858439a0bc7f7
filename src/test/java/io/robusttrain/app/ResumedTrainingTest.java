package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.checkpoint.SafetensorsFile;
import io.robusttrain.checkpoint.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs that were killed between epochs and submitted again. Killed means: a copy of a whole run's
 * directory without the checkpoints after some step, but with everything else that later steps left
 * behind.
 */
class ResumedTrainingTest {
  private static final String[] OFTEN = {"checkpoint.every-steps=3", "checkpoint.keep=99"};
  private static final String END = "epoch-0002";

  @TempDir private static Path folder;
  private static TinyTraining training;

  @BeforeAll
  static void images() {
    training = TinyTraining.withImages(folder);
  }

  @Test
  void averagesWarmStartsAndRepeatsGoOn() throws IOException {
    String[] settings =
        with(
            "model-ema.decay=0.8",
            "model-ema.warmup=true",
            "swa.start=0",
            "swa.step-on=step",
            "attack.start=previous",
            "eps-schedule.type=constant",
            "augment.repeats=3",
            "mixup.alpha=0.8");
    requireDone(training.train("averages", settings));
    killed("averages", "averages-6", "epoch-0001-step-000000006");
    assertThat(training.run("averages-6"))
        .isDirectoryRecursivelyContaining("glob:**/memory-00000-of-00001.safetensors");
    requireDone(training.train("averages-6", settings));
    assertSame("averages-6", "averages");
    killed("averages", "averages-3", "epoch-0000-step-000000003");
    requireDone(training.train("averages-3", with(settings, "distribution.executors=2")));
    assertNear("averages-3", "averages");
  }

  @Test
  void batchNormMomentumBlocksAndExtraImagesGoOn() throws IOException {
    String[] settings =
        with(
            "model.name=resnet18_32",
            "model.embed-dim=auto",
            "model.depth=auto",
            "model.num-heads=auto",
            "model.drop-path=0",
            "model.args.layers=[1,1,1,1]",
            "model.args.channels=[4,4,4,4]",
            "optim.type=sgd",
            "data.shuffle=blocks",
            "data.shuffle-window=16",
            "data.extra.path=" + training.data(),
            "data.extra.split=validation",
            "train.max-steps=14");
    requireDone(training.train("batch-norm", settings));
    killed("batch-norm", "batch-norm-6", "epoch-0000-step-000000006");
    requireDone(training.train("batch-norm-6", settings));
    assertSame("batch-norm-6", "batch-norm");
  }

  @Test
  void replaysAndTheirPerturbationsGoOn() throws IOException {
    String[] settings = with("objective.type=free", "objective.replays=3", "train.max-steps=12");
    requireDone(training.train("free", settings));
    killed("free", "free-3", "epoch-0000-step-000000003");
    requireDone(training.train("free-3", settings));
    assertSame("free-3", "free");
  }

  private static String[] with(String[] settings, String... further) {
    return Stream.concat(Stream.of(settings), Stream.of(further)).toArray(String[]::new);
  }

  private static String[] with(String... settings) {
    return with(OFTEN, settings);
  }

  private static void requireDone(TinyTraining.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  /** A copy of a run that was killed when this checkpoint was its newest. */
  private static void killed(String id, String copy, String newest) throws IOException {
    Path from = training.run(id);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path relative = from.relativize(file);
        boolean later =
            relative.startsWith("checkpoints")
                && relative.getNameCount() > 1
                && relative.getName(1).toString().compareTo(newest) > 0;
        if (!later) {
          Files.copy(file, training.run(copy).resolve(relative.toString()));
        }
      }
    }
    assertThat(training.run(copy).resolve("checkpoints").resolve(newest)).isDirectory();
  }

  /** Every figure but times and memory, and every bit of every file of weights and moments. */
  private static void assertSame(String id, String expected) throws IOException {
    assertThat(lines(id)).containsExactlyElementsOf(lines(expected));
    List<String> files = tensorFiles(expected);
    assertThat(files).contains("best/model.safetensors");
    assertThat(tensorFiles(id)).containsExactlyElementsOf(files);
    for (String file : files) {
      assertThat(TinyTraining.tensors(training.run(id).resolve(file)))
          .as(file)
          .isEqualTo(TinyTraining.tensors(training.run(expected).resolve(file)));
    }
  }

  private static List<String> lines(String id) throws IOException {
    try (Stream<String> lines = Files.lines(training.run(id).resolve("metrics.jsonl"))) {
      return lines
          .map(
              line ->
                  line.replaceAll(
                      "\"(seconds|rss_mb|images_per_s|data_wait_share)\":[^,}]+", "\"$1\":0"))
          .toList();
    }
  }

  private static List<String> tensorFiles(String id) throws IOException {
    try (Stream<Path> files = Files.walk(training.run(id))) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .map(file -> training.run(id).relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  /** Weights and averages after the last step within 1e-5 of the largest of each tensor. */
  private static void assertNear(String id, String expected) throws IOException {
    for (String name : List.of("model", "model-ema", "model-swa")) {
      String file = "checkpoints/%s/%s.safetensors".formatted(END, name);
      try (SafetensorsFile one = SafetensorsFile.open(training.run(expected).resolve(file));
          SafetensorsFile two = SafetensorsFile.open(training.run(id).resolve(file))) {
        for (TensorSpec tensor : one.tensors()) {
          if (!tensor.name().endsWith("num_batches_tracked")) {
            assertNear(one.floats(tensor.name()), two.floats(tensor.name()), tensor.name());
          }
        }
      }
    }
  }

  private static void assertNear(float[] expected, float[] actual, String name) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as(name).isCloseTo(expected[i], within(1e-5 * largest));
    }
  }
}
