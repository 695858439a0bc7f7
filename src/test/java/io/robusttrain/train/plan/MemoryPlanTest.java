package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.train.TinyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
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
  void stepsWithoutARunNeedTheSameOfTheDriver() {
    Architecture network = plan(topology(1), LARGE).architecture();
    long needed = 300 * MB + 8 * large();
    assertThat(MemoryProblems.ofSteps(network, driver(1024 * MB)))
        .hasValue(
            "the driver needs about %d MB of heap for the model's weights and what BigDL makes of them, and has 1024 MB: raise spark.driver.memory to %dm"
                .formatted(needed / MB, rounded(needed)));
    assertThat(MemoryProblems.ofSteps(network, driver(needed))).isEmpty();
  }

  @Test
  void aHeapThatIsRaisedToWhatWasSaidSuffices() {
    RunPlan.Topology small = parallel(1024 * MB, 1024 * MB);
    String message =
        catchThrowableOfType(ConfigException.class, () -> plan(small, LARGE)).getMessage();
    assertThat(message)
        .contains("MB of heap and has 910 MB: raise spark.executor.memory to ")
        .contains("saves, and has 910 MB: raise spark.driver.memory to ")
        .doesNotContain("1024");
    List<MatchResult> raised =
        Pattern.compile("memory to (\\d+)m \\(of which objects can use 89 %\\)")
            .matcher(message)
            .results()
            .toList();
    assertThat(raised).hasSize(2);
    RunPlan.Topology enough =
        parallel(
            Long.parseLong(raised.get(0).group(1)) * MB,
            Long.parseLong(raised.get(1).group(1)) * MB);
    assertThat(plan(enough, LARGE).memory().driverBytes()).isLessThan(enough.driverHeapBytes());
  }

  /** The exchange takes what the engine asks for, and no more is demanded of Spark's storage. */
  @Test
  void storageMemoryIsWhatTheEngineAsksFor() {
    for (String compression : List.of("none", "fp16")) {
      RunPlan plan = plan(topology(4), LARGE, "distribution.compression=" + compression);
      EngineOptions options =
          new EngineOptions(
              4,
              plan.replicas(),
              plan.architecture().layout().size(),
              plan.architecture().layout().parameterCount(),
              compression,
              OptionalDouble.empty());
      assertThat(plan.memory().storageBytes()).isEqualTo(options.storageBytes());
    }
    assertThat(plan(topology(4), LARGE, "model-ema.decay=0.99").memory().storageBytes())
        .isEqualTo(plan(topology(4), LARGE).memory().storageBytes());
  }

  /** An executor that has fewer others beside it holds larger slices. */
  @Test
  void aRunThatGoesOnWithFewerExecutorsIsNotEndedByAnEstimate() {
    RunPlan four = plan(executors(3840 * MB, 0.6), LARGE);
    RunPlan two = plan(four.topology().with(2), LARGE);
    assertThat(two.memory().storageBytes()).isGreaterThan(four.memory().storageBytes());
    RunPlan tight = plan(executors(four.memory().heapBytes(), 0.6), LARGE);
    assertThat(plan(tight.topology().with(1), LARGE).memory().heapBytes())
        .isGreaterThan(four.memory().heapBytes());
    RunPlan.Topology little = executors(four.memory().heapBytes(), 0.25).with(2);
    assertThatThrownBy(() -> plan(little, LARGE))
        .as("what the engine would refuse")
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("train: Spark must hold about ");
  }

  @Test
  void storageMemoryMustHoldWhatSparkMayNotLose() {
    long stored = 13 * large() / 4;
    long heap = 300 * MB + (long) (stored / 0.3);
    RunPlan.Topology small = executors(heap - MB, 0.3);
    assertThatThrownBy(() -> plan(small, LARGE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "train: Spark must hold about %d MB of weights and gradients on an executor, and its storage memory there has %d MB (spark.memory.fraction=0.3 of the heap): raise spark.executor.memory to %dm"
                .formatted(stored / MB, (stored - MB * 3 / 10) / MB, rounded(heap)));
    assertThat(plan(executors(heap - MB, 0.4), LARGE).memory().storageBytes()).isEqualTo(stored);
    assertThat(plan(executors(heap, 0.3), LARGE).memory().storageBytes()).isEqualTo(stored);
  }

  @Test
  void anExecutorsHeapIsNamedWithWhatItMustBe() {
    long stored = 13 * large() / 4;
    long forStorage = 300 * MB + (long) (stored / 0.2);
    assertThatThrownBy(() -> plan(executors(1024 * MB, 0.2), LARGE))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "MB of heap and has 1024 MB: raise spark.executor.memory to %dm, or lower",
            rounded(forStorage));
  }

  @Test
  void aLocalMasterHasOneHeapForAll() {
    RunPlan.Topology local =
        new RunPlan.Topology(1, 1, 2048 * MB, TB, 2048 * MB, 1, 0.6, true, false);
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
    return new RunPlan.Topology(4, 1, TB, TB, heap, 1, 0.6, false, false);
  }

  private static RunPlan.Topology executors(long heap, double fraction) {
    return new RunPlan.Topology(4, 1, heap, TB, TB, 1, fraction, false, false);
  }

  /** Heaps by their options, of which the parallel collector keeps a ninth free. */
  private static RunPlan.Topology parallel(long executor, long driver) {
    return new RunPlan.Topology(
        4, 1, executor * 889 / 1000, TB, driver * 889 / 1000, 0.889, 0.6, false, false);
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
