package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.data.DataException;
import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.train.TinyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A configuration and its data become a plan. */
class RunPlannerTest {
  private static final long MEMORY = 1L << 40;
  private static final String SCHEMA =
      """
      message images {
        optional group picture { optional binary bytes; optional binary path (UTF8); }
        optional int64 fine_label;
        optional int64 coarse_label;
      }""";

  @TempDir private Path folder;

  @BeforeEach
  void write() {
    ParquetFixture set =
        new ParquetFixture(
            SCHEMA,
            CompressionCodecName.SNAPPY,
            Map.of(),
            9,
            new ImageColumns("picture", "fine_label"));
    byte[] image = TestImages.bytes("/images/png_rgb.png");
    List<Row> rows = IntStream.range(0, 72).mapToObj(i -> Row.of(image, i % 10)).toList();
    set.write(folder.resolve("train-00000-of-00001.parquet"), rows);
    set.write(folder.resolve("validation-00000-of-00001.parquet"), rows.subList(0, 20));
  }

  @Test
  void trainsAndValidatesOnTheColumnsOfTheConfiguration() {
    RunPlan plan = plan("data.image-column=picture", "data.label-column=fine_label");
    assertThat(plan.classNames()).hasSize(10);
    assertThatThrownBy(() -> plan("data.image-column=picture"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("label");
  }

  @Test
  void aModelThatNeedsAllItsTokensIsRefusedBeforeTheRun() {
    assertThatThrownBy(
            () ->
                plan(
                    "data.image-column=picture",
                    "data.label-column=fine_label",
                    "model.patch-drop-rate=0.5"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model: xcit_nano_12_p8_32 convolves over the grid of its tokens, so that only a rectangle of them can be kept; write patch-drop-mode = block, or patch-drop-rate = 0");
  }

  /** Six micro-batches a step: what divides 6 and is no more than the cores. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1",
    "1, 2, 2, 1",
    "1, 3, 3, 1",
    "1, 4, 3, 1",
    "1, 8, 6, 1",
    "1, 16, 6, 2",
    "2, 8, 3, 2",
    "3, 2, 2, 1",
    "6, 4, 1, 4"
  })
  void automaticReplicasShareTheMicroBatchesAndTheCores(
      int executors, int cores, int replicas, int threads) {
    RunPlan plan =
        plan(
            new RunPlan.Topology(executors, cores, MEMORY, MEMORY),
            "data.image-column=picture",
            "data.label-column=fine_label",
            "train.global-batch=24",
            "train.micro-batch=4",
            "distribution.replicas=auto");
    assertThat(plan.replicas()).isEqualTo(replicas);
    assertThat(plan.job().threads().intraOp()).isEqualTo(threads);
  }

  @Test
  void automaticReplicasDoNotHideExecutorsThatCannotShare() {
    assertThatThrownBy(
            () ->
                plan(
                    new RunPlan.Topology(5, 2, MEMORY, MEMORY),
                    "data.image-column=picture",
                    "data.label-column=fine_label",
                    "train.global-batch=24",
                    "train.micro-batch=4",
                    "distribution.replicas=auto"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("which 5 replicas cannot share equally");
  }

  private RunPlan plan(String... changes) {
    return plan(new RunPlan.Topology(1, 1, MEMORY, MEMORY), changes);
  }

  private RunPlan plan(RunPlan.Topology topology, String... changes) {
    List<String> all = new ArrayList<>(TinyRun.TASK);
    all.add("data.path=" + folder);
    all.addAll(List.of(changes));
    return new RunPlanner(ConfigLoader.load(List.of(), all), new Configuration(), topology).plan();
  }
}
