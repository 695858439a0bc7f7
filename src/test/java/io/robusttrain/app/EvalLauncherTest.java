package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way: model file, images, Spark, attacks, result. */
class EvalLauncherTest {
  private static final String RUN = "trained";
  private static final String[] PLAN = {
    "--attacks", "pgd-2,fgsm,pgd-3", "--eps", "4/255", "--batch", "8", "--min-blocks", "5"
  };

  @TempDir private static Path folder;

  private static TinyTraining training;
  private static Path undisturbed;
  private static TinyEvaluation.Outcome first;

  @BeforeAll
  static void trainAndEvaluate() {
    training = TinyTraining.withImages(folder);
    TinyTraining.Outcome trained = training.train(RUN);
    assertThat(trained.code()).as(trained.err()).isZero();
    undisturbed = folder.resolve("undisturbed");
    first = evaluate(undisturbed, PLAN);
    assertThat(first.code()).as(first.err()).isZero();
  }

  private static TinyEvaluation.Outcome evaluate(Path output, String... options) {
    return TinyEvaluation.evaluate(training.run(RUN), training.data(), output, options);
  }

  @Test
  void leavesTheWholeResult() throws IOException {
    System.out.println(first.out());
    System.out.println(first.screen());
    System.out.println(Files.readString(undisturbed.resolve("eval.json")));
    System.out.println(Files.readString(undisturbed.resolve("model_info.json")));
    JsonNode result = TinyEvaluation.result(undisturbed);
    assertThat(result.path("n").asInt()).isEqualTo(TinyTraining.VALIDATION);
    double clean = result.path("clean").path("accuracy").asDouble();
    assertThat(clean).isEqualTo(result.path("clean").path("recorded_accuracy").asDouble());
    assertThat(result.path("robust_accuracy").asDouble()).isBetween(0.0, clean);
    assertThat(undisturbed.resolve("images.parquet")).exists();
    assertThat(undisturbed.resolve("images")).doesNotExist();
  }
}
