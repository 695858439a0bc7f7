package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that average their weights, and one in mixed precision. */
@Tag("slow")
class AveragedTrainingTest {
  private static final String AVERAGED = "averaged";
  private static final String[] AVERAGES = {
    "model-ema.decay=0.8", "model-ema.warmup=true", "swa.start=0", "swa.step-on=step"
  };

  @TempDir private static Path folder;

  private static TinyTraining training;
  private static TinyTraining.Outcome averaged;

  @BeforeAll
  static void train() {
    training = TinyTraining.withImages(folder);
    averaged = training.train(AVERAGED, AVERAGES);
    assertThat(averaged.code()).as(averaged.err()).isZero();
  }

  @Test
  void trainsAsWithoutAverages() throws IOException {
    assertThat(training.train("plain").code()).isZero();
    assertThat(losses("plain")).isEqualTo(losses(AVERAGED));
    assertThat(tensors("plain", "checkpoints/epoch-0002/model.safetensors"))
        .isEqualTo(tensors(AVERAGED, "checkpoints/epoch-0002/model.safetensors"));
    assertThat(training.run("plain").resolve("checkpoints/epoch-0002/model-ema.safetensors"))
        .doesNotExist();
  }

  @Test
  void everyKindIsValidatedAndTheBestIsNamed() throws IOException {
    EpochMetrics best = null;
    double highest = -1;
    WeightsKind kind = WeightsKind.RAW;
    for (EpochMetrics epoch : training.metrics(AVERAGED).epochs()) {
      assertThat(epoch.averages()).containsOnlyKeys(WeightsKind.EMA, WeightsKind.SWA);
      if (epoch.fgsmTop1() > highest) {
        best = epoch;
        highest = epoch.fgsmTop1();
        kind = WeightsKind.RAW;
      }
      for (Map.Entry<WeightsKind, EpochMetrics.Accuracy> average : epoch.averages().entrySet()) {
        if (average.getValue().fgsmTop1() > highest) {
          best = epoch;
          highest = average.getValue().fgsmTop1();
          kind = average.getKey();
        }
      }
    }
    String file = kind == WeightsKind.RAW ? "model" : "model-" + kind.word();
    assertThat(tensors(AVERAGED, "best/model.safetensors"))
        .isEqualTo(
            tensors(
                AVERAGED,
                "checkpoints/epoch-%04d/%s.safetensors".formatted(best.epoch() + 1, file)));
    assertThat(averaged.out()).contains("ema FGSM", "swa FGSM", "<- best (" + kind.word() + ")");
    assertThat(Files.readString(training.run(AVERAGED).resolve("report.html")))
        .contains(">ema FGSM</th>");
    String metrics = Files.readString(training.run(AVERAGED).resolve("metrics.jsonl"));
    assertThat(metrics).contains("\"ema_fgsm_top1\":", "\"swa_clean_top1\":");
  }

  @Test
  void aStoppedRunGoesOnWithTheSameAverages() throws IOException {
    interrupt("stopped");
    TinyTraining.Outcome rest = training.train("stopped", AVERAGES);
    assertThat(rest.code()).as(rest.err()).isZero();
    for (String file :
        List.of(
            "best/model.safetensors",
            "checkpoints/epoch-0002/model.safetensors",
            "checkpoints/epoch-0002/model-ema.safetensors",
            "checkpoints/epoch-0002/model-swa.safetensors",
            "checkpoints/epoch-0002/slice-00000-of-00001.safetensors")) {
      assertThat(tensors("stopped", file)).as(file).isEqualTo(tensors(AVERAGED, file));
    }
    assertThat(training.metrics("stopped").epochs().get(1).averages())
        .isEqualTo(training.metrics(AVERAGED).epochs().get(1).averages());
  }

  @Test
  void anotherNumberOfExecutorsContinuesTheAverages() throws IOException {
    interrupt("moved");
    String[] moved = {
      AVERAGES[0], AVERAGES[1], AVERAGES[2], AVERAGES[3], "distribution.executors=2"
    };
    TinyTraining.Outcome rest = training.train("moved", moved);
    assertThat(rest.code()).as(rest.err()).isZero();
    for (String kind : List.of("ema", "swa")) {
      String file = "checkpoints/epoch-0002/model-%s.safetensors".formatted(kind);
      try (SafetensorsFile expected = open(AVERAGED, file);
          SafetensorsFile actual = open("moved", file)) {
        TinyTraining.assertNear(kind, actual.floats("head.weight"), expected.floats("head.weight"));
      }
    }
  }

  /** A copy of the averaged run that was killed before the checkpoint of its second epoch. */
  private static void interrupt(String id) throws IOException {
    Path from = training.run(AVERAGED);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!file.toString().contains("epoch-0002")) {
          Files.copy(file, training.run(id).resolve(from.relativize(file).toString()));
        }
      }
    }
  }

  @Test
  void mixedPrecisionIsTimedBeforeItIsUsed() throws IOException {
    TinyTraining.Outcome mixed =
        training.train("mixed", "amp.dtype=bf16", "amp.attack=bf16", "train.max-steps=2");
    assertThat(mixed.code()).as(mixed.err()).isZero();
    assertThat(mixed.out())
        .containsPattern("amp +.*(\\n.*)?forward and backward of 4 images: .* times as fast");
    double exact = losses(AVERAGED).get(0);
    // Logits below 1 before training, each behind about 12 roundings to 8 bits.
    assertThat(losses("mixed").get(0))
        .isNotEqualTo(exact)
        .isCloseTo(exact, within(2 * 12 * 0x1p-9));
  }

  private static SafetensorsFile open(String id, String file) throws IOException {
    return SafetensorsFiles.open(training.run(id).resolve(file));
  }

  private static Map<String, ?> tensors(String id, String file) throws IOException {
    return TinyTraining.tensors(training.run(id).resolve(file));
  }

  private static List<Double> losses(String id) throws IOException {
    return training.metrics(id).steps().stream().map(StepMetrics::loss).toList();
  }
}
