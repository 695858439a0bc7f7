package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.train.TinyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is planned of executors' and driver's memory, and what is said where it does not suffice.
 */
class MemoryPlanTest {
  private static final long MB = 1 << 20;

  private static final long TB = 1L << 40;

  /** 86 million parameters. */
  private static final String LARGE = "model.name=deit_base_patch16_224";

  @TempDir private static Path folder;

  /** Eight row groups of 9 training images, three of validation images. */
  @BeforeAll
  static void drawImages() throws IOException {
    DrawnImages.draw(folder.resolve("data"), 32, TinyRun.TRAIN, 20, 9);
  }

  @Test
  void eachLaneHoldsTheRowGroupThatItReadsFrom() {
    ImageSet train = ImageSet.open(new Configuration(), folder.resolve("data").toString(), "train");
    List<Long> sizes =
        train.blocks().stream().map(Block::bytes).sorted((a, b) -> Long.compare(b, a)).toList();
    assertThat(sizes).hasSize(8);
    assertThat(MemoryPlan.rowGroups(train, 2)).isEqualTo(sizes.get(0) + sizes.get(1));
    assertThat(MemoryPlan.rowGroups(train, 99)).isEqualTo(train.encodedBytes());
    // Two executors have two of the four lanes each, and half of the windows and images.
    MemoryPlan one = plan(topology(1), "data.shuffle=blocks").memory();
    MemoryPlan two = plan(topology(2), "data.shuffle=blocks").memory();
    long window = train.encodedBytes() / train.sampleCount() * shuffleWindow() * 4;
    long decoded = 16L * 3 * 32 * 32 * (2 + 2);
    long slices = 6 * vector();
    assertThat(one.heapBytes() - two.heapBytes())
        .isEqualTo(
            slices
                - slices / 2
                + window
                - window / 2
                + sizes.get(2)
                + sizes.get(3)
                + decoded
                - decoded / 2);
  }

  @Test
  void replicasOfAValidationHoldAUnitEachAndOneRowGroup() {
    ImageSet validation =
        ImageSet.open(new Configuration(), folder.resolve("data").toString(), "validation");
    MemoryPlan small = plan(topology(1), "data.shuffle=blocks", "validation.batch=1").memory();
    MemoryPlan large = plan(topology(1), "data.shuffle=blocks", "validation.batch=101").memory();
    long units = 1 + 2 + 1;
    assertThat(large.heapBytes() - small.heapBytes()).isEqualTo(units * 100 * 3 * 32 * 32);
    assertThat(MemoryPlan.rowGroups(validation, 1)).isPositive();
  }

  @Test
  void theDriverIsToldWhatItsHeapMustBe() {
    long needed = 300 * MB + 8 * large();
    RunPlan.Topology small = driver(1024 * MB);
    assertThatThrownBy(() -> plan(small, LARGE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "train: the driver needs about %d MB of heap for the model's weights, which it gathers, validates and saves, and has 1024 MB: raise spark.driver.memory to %dm"
                .formatted(needed / MB, rounded(needed)));
    assertThatThrownBy(() -> plan(small, LARGE, "model-ema.decay=0.99"))
        .hasMessageContaining("raise spark.driver.memory to %dm", rounded(needed + large()));
    assertThat(plan(driver(rounded(needed) * MB), LARGE).memory().driverBytes()).isEqualTo(needed);
  }

  @Test
  void storageMemoryMustHoldWhatSparkMayNotLose() {
    long stored = 6 * large();
    long heap = 300 * MB + (long) (stored / 0.6);
    RunPlan.Topology small = executors(heap - MB, 0.6);
    assertThatThrownBy(() -> plan(small, LARGE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "train: Spark must hold about %d MB of weights and gradients on an executor, and its storage memory there has %d MB (spark.memory.fraction=0.6 of the heap): raise spark.executor.memory to %dm"
                .formatted(stored / MB, (stored - MB * 6 / 10) / MB, rounded(heap)));
    assertThat(plan(executors(heap - MB, 0.7), LARGE).memory().storageBytes()).isEqualTo(stored);
    assertThat(plan(executors(heap, 0.6), LARGE).memory().storageBytes()).isEqualTo(stored);
  }

  @Test
  void anExecutorsHeapIsNamedWithWhatItMustBe() {
    long forStorage = 300 * MB + (long) (6 * large() / 0.6);
    assertThatThrownBy(() -> plan(executors(1024 * MB, 0.6), LARGE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "MB of heap and has 1024 MB: raise spark.executor.memory to %dm, or lower",
            rounded(forStorage));
  }

  @Test
  void aLocalMasterHasOneHeapForAll() {
    RunPlan.Topology local = new RunPlan.Topology(1, 1, 2048 * MB, TB, 2048 * MB, 0.6, true);
    assertThatThrownBy(() -> plan(local, LARGE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "MB of heap and has 2048 MB, with %d MB more for the driver: raise spark.driver.memory"
                + " to ",
            4 * large() / MB);
    assertThat(plan(local).memory().driverOnlyBytes()).isEqualTo(4 * vector());
  }

  private static long vector() {
    return 4L * plan(topology(1)).architecture().layout().size();
  }

  /** Bytes of the large model's flat vector. */
  private static long large() {
    return 4L * plan(topology(1), LARGE).architecture().layout().size();
  }

  /** A size in MB, as it is named. */
  private static long rounded(long bytes) {
    return (bytes + 256 * MB - 1) / (256 * MB) * 256;
  }

  private static int shuffleWindow() {
    return Math.max(1, config().data().shuffleWindow() / 4);
  }

  private static RunPlan.Topology topology(int executors) {
    return new RunPlan.Topology(executors, 1, TB, TB);
  }

  private static RunPlan.Topology driver(long heap) {
    return new RunPlan.Topology(4, 1, TB, TB, heap, 0.6, false);
  }

  private static RunPlan.Topology executors(long heap, double fraction) {
    return new RunPlan.Topology(4, 1, heap, TB, TB, fraction, false);
  }

  private static RunPlan plan(RunPlan.Topology topology, String... changes) {
    return new RunPlanner(config(changes), new Configuration(), topology).plan();
  }

  private static RunConfig config(String... changes) {
    List<String> all =
        new ArrayList<>(
            List.of(changes).contains(LARGE)
                ? List.of("train.global-batch=16", "train.micro-batch=4")
                : TinyRun.TASK);
    all.add("data.path=" + folder.resolve("data"));
    all.addAll(List.of(changes));
    return ConfigLoader.load(List.of(), all);
  }
}
