package io.robusttrain.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.checkpoint.ObjectStoreFileSystem;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.recovery.RunControl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the metrics of a long run cost on an object store, in bytes. */
@Tag("slow")
class MetricsTrafficTest {
  private static final String RUNS = "run.dir=objectstore://traffic/runs";
  private static final int PAST = 20_000;

  @TempDir private static Path folder;

  @BeforeAll
  static void images() throws IOException {
    ObjectStoreFileSystem.register();
    TinyRun.drawImages(folder);
  }

  /** The past is in one file, as earlier releases wrote it. */
  @Test
  void aRunThatGoesOnReadsItsPastTwiceAndWritesNoneOfItAgain() throws IOException {
    stopAfter("past", 3);
    NavigableMap<String, byte[]> objects = ObjectStoreFileSystem.bucket("traffic");
    String log = "runs/past/metrics.jsonl";
    String parts = "runs/past/metrics.parts/";
    String stopped = concatenated(objects, parts);
    objects.keySet().removeIf(key -> key.startsWith(parts));
    byte[] whole = (past() + stopped).getBytes(UTF_8);
    objects.put(log, whole);

    long read = ObjectStoreFileSystem.bytesRead("past/metrics");
    long written = ObjectStoreFileSystem.bytesWritten("past/metrics");
    stopAfter("past", 8);
    long added = concatenated(objects, parts).getBytes(UTF_8).length;
    assertThat(ObjectStoreFileSystem.bytesRead("past/metrics") - read).isEqualTo(2L * whole.length);
    // Checkpoints after the steps 4 to 8, and an epoch's end: each writes the newest part.
    assertThat(ObjectStoreFileSystem.bytesWritten("past/metrics") - written)
        .isLessThanOrEqualTo(6 * added);
    assertThat(objects.get(log)).isEqualTo(whole);

    TinyRun.of(folder, RUNS).train("past");
    assertThat(objects.keySet()).noneMatch(key -> key.startsWith(parts));
    List<String> lines = new String(objects.get(log), UTF_8).lines().toList();
    assertThat(lines).filteredOn(line -> !line.contains("\"alarm\"")).hasSize(PAST + 12);
    // Of each of 313 stretches of 64 steps at least one and at most nine, and the last step.
    List<StepMetrics> shown = TinyRun.of(folder, RUNS).metrics("past").steps();
    assertThat(shown).hasSizeBetween(313, 313 * 9 + 1);
    assertThat(shown.get(shown.size() - 1).step()).isEqualTo(9);
  }

  private static void stopAfter(String id, int steps) {
    RunControl control = new RunControl();
    TinyRun run =
        TinyRun.of(folder, RUNS, "checkpoint.every-steps=1")
            .control(control)
            .afterStep(
                step -> {
                  if (step + 1 == steps) {
                    control.requestStop();
                  }
                });
    assertThat(catchThrowableOfType(StoppedException.class, () -> run.train(id))).isNotNull();
  }

  private static String past() {
    return LongStream.range(0, PAST)
        .mapToObj(
            i ->
                "{\"kind\":\"step\",\"epoch\":0,\"step\":0,\"loss\":2.25,\"eps\":0.0156862745,\"lr\":1.0E-4,\"grad_norm\":0.5,\"images_per_s\":75.5,\"data_wait_share\":0.125}\n")
        .collect(Collectors.joining());
  }

  private static String concatenated(NavigableMap<String, byte[]> objects, String prefix) {
    return objects.tailMap(prefix).entrySet().stream()
        .takeWhile(entry -> entry.getKey().startsWith(prefix))
        .map(entry -> new String(entry.getValue(), UTF_8))
        .collect(Collectors.joining());
  }
}
