package io.robusttrain.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two results side by side, and what is no result. */
class SpeedComparisonTest {
  @TempDir private Path folder;

  @Test
  void everyFigureHasBothValuesAndTheirRatio() {
    ObjectNode after = result(6, 110);
    after.set("overhead_seconds", Json.object().put("median", 0.5));
    assertThat(lines(result(4, 100), after))
        .containsExactly(
            "A B B / A",
            "images/s 4.000 6.000 1.500",
            "images/s, slowest step 2.000 3.000 1.500",
            "images/s, fastest step 8.000 12.000 1.500",
            "step, s 2.000 1.333 0.667",
            "GFLOP/s 40.0 60.0 1.500",
            "sgemm, GFLOP/s 100.0 110.0 1.100",
            "sgemm, GFLOP/s, fastest product 120.0 132.0 1.100",
            "of sgemm 40.0 % 54.5 % 1.364",
            "of the fastest sgemm 33.3 % 45.5 % 1.364",
            "peak RSS, MB 2,048 2,048 1.000",
            "time, attack 40.0 % 40.0 % 1.000",
            "time, forward/backward 60.0 % 60.0 % 1.000",
            "overhead, s - 0.500 -",
            "",
            "A xcit_nano_12_p16_224 at 224 px, batch 8, in_process, executors 1, replicas 1, threads 2",
            "B xcit_nano_12_p16_224 at 224 px, batch 8, in_process, executors 1, replicas 1, threads 2");
  }

  @Test
  void kindsOfOperationsAreComparedWhereBothHaveThem() {
    ObjectNode before = result(4, 100);
    ObjectNode after = result(4, 100);
    before.set("profile", profile("matrix_product", 0.2, "copy", 0.1));
    assertThat(lines(before, after)).noneMatch(line -> line.startsWith("matrix product"));
    after.set("profile", profile("matrix_product", 0.1, "fused_attention", 0.05));
    assertThat(lines(before, after))
        .contains(
            "recorded step, ms 500.0 500.0 1.000",
            "matrix product, ms 200.0 100.0 0.500",
            "copy, ms 100.0 - -",
            "fused attention, ms - 50.0 -",
            "MB moved 1.0 1.0 1.000");
  }

  @ParameterizedTest
  @CsvSource({
    "model, deit_small_patch16_224, xcit_nano_12_p16_224",
    "img_size, 384, 224",
    "num_classes, 10, 1000",
    "engine, bigdl, in_process",
    "executors, 2, 1",
    "replicas_per_executor, 2, 1",
    "threads_per_executor, 1, 2",
    "batch, 16, 8",
    "micro_batch, 4, 8"
  })
  void anotherSettingIsAWarning(String setting, String other, String usual) {
    ObjectNode changed = result(4, 100);
    if (changed.get(setting).isTextual()) {
      changed.put(setting, other);
    } else {
      changed.put(setting, Integer.parseInt(other));
    }
    assertThat(lines(result(4, 100), changed))
        .filteredOn(line -> line.startsWith("warning: "))
        .containsExactly(
            "warning: not the same %s: %s and %s"
                .formatted(setting.replace('_', ' '), usual, other));
  }

  @Test
  void anotherMachineIsAWarning() {
    String warning =
        "warning: the sgemm rates are 100.0 and 111.0 GFLOP/s, more than 10 % apart: the machine or its load was another; repeat both in turn when idle";
    assertThat(lines(result(4, 100), result(4, 111))).endsWith(warning);
    assertThat(lines(result(4, 111), result(4, 100))).last().asString().contains("111.0 and 100.0");
    assertThat(lines(result(4, 100), result(4, 109))).noneMatch(line -> line.contains("warning"));
  }

  @Test
  void whatIsNoResultIsNamed() throws IOException {
    Path absent = folder.resolve("none.json");
    assertThatThrownBy(() -> SpeedComparison.read(absent))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no file %s: name what RobustSpeed --json wrote".formatted(absent));
    refused("{", "it is not JSON: Unexpected end-of-input");
    refused("", "it is empty");
    refused("[{}]", "it is a list, as RobustSpeed models --json writes it");
    refused("{\"model\": \"xcit\", \"attacks\": []}", "field 'img_size' is missing");
    ObjectNode damaged = result(4, 100);
    damaged.remove("sgemm_gflops");
    refused(damaged.toString(), "field 'sgemm_gflops' is missing");
    Path whole = Files.writeString(folder.resolve("whole.json"), result(4, 100).toString());
    assertThat(SpeedComparison.read(whole)).isEqualTo(Json.parse(result(4, 100).toString(), "it"));
  }

  private void refused(String text, String why) throws IOException {
    Path file = Files.writeString(folder.resolve("file.json"), text);
    assertThatThrownBy(() -> SpeedComparison.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("%s is no result of RobustSpeed --json (%s".formatted(file, why))
        .hasMessageEndingWith("): name a file that it wrote for one model");
  }

  private static List<String> lines(JsonNode a, JsonNode b) {
    return SpeedComparison.of(a, b)
        .lines()
        .map(line -> line.replaceAll(" +", " ").strip())
        .toList();
  }

  private static ObjectNode profile(String kind, double seconds, String other, double others) {
    ObjectNode profile = Json.object().put("seconds", 0.5).put("optimiser_seconds", 0.1);
    profile.putObject("all").put("bytes_moved", 1_000_000);
    ObjectNode kinds = profile.putObject("kinds");
    kinds.putObject(kind).put("seconds", seconds);
    kinds.putObject(other).put("seconds", others);
    return profile;
  }

  private static ObjectNode result(double rate, double sgemm) {
    ObjectNode json = Json.object();
    json.put("model", "xcit_nano_12_p16_224").put("img_size", 224).put("num_classes", 1000);
    json.put("engine", "in_process").put("executors", 1);
    json.put("replicas_per_executor", 1).put("threads_per_executor", 2);
    json.put("batch", 8).put("micro_batch", 8);
    json.set("images_per_s", spread(rate));
    json.set("step_seconds", spread(8 / rate));
    json.put("gflops", 10 * rate);
    json.putObject("sgemm_gflops").put("median", sgemm).put("best", 1.2 * sgemm);
    json.put("sgemm_ratio", 10 * rate / sgemm).put("sgemm_ratio_to_best", 10 * rate / sgemm / 1.2);
    json.put("peak_rss_bytes", 2L << 30);
    json.putObject("shares").put("attack", 0.4).put("forward_backward", 0.6);
    return json;
  }

  private static ObjectNode spread(double median) {
    return Json.object().put("median", median).put("min", median / 2).put("max", 2 * median);
  }
}
