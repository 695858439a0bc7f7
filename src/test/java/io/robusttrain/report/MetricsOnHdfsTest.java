package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.robusttrain.hadoop.MiniHdfs;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.StorageAwayException;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics on a real HDFS that restarts. */
@Tag("slow")
class MetricsOnHdfsTest {
  /** A client that gives up soon; by default one call takes ten seconds to find out. */
  private static final Map<String, String> HASTY =
      Map.of(
          "ipc.client.connect.max.retries", "1",
          "ipc.client.connect.retry.interval", "100");

  @TempDir private static java.nio.file.Path folder;

  private static StepMetrics step(long step) {
    return new StepMetrics(0, step, 2.25, 0.0156862745, 1e-4, 0.5, 75.5, 0.125, 0);
  }

  @Test
  void aRestartOfHdfsCostsNoLine() throws IOException {
    Path path = new Path("/runs/a/metrics.jsonl");
    try (MiniHdfs cluster = new MiniHdfs(folder, 1);
        FileSystem fs = cluster.client(HASTY)) {
      try (MetricsLog log = MetricsLog.open(fs, path, Fence.none(), MetricsCut.START)) {
        log.step(step(0));
        log.sync();
        log.step(step(1));
        cluster.goDown();
        log.step(step(2));
        log.step(step(3));
        assertThat(log.problem())
            .hasValueSatisfying(why -> assertThat(StorageAwayException.says(why)).isTrue());
        IOException refused = catchThrowableOfType(IOException.class, log::sync);
        assertThat(StorageAwayException.says(refused)).as("%s", refused).isTrue();
        cluster.comeBack();
        log.sync();
        assertThat(log.problem()).isEmpty();
        log.step(step(4));
      }
      assertThat(MetricsLog.read(fs, path).steps())
          .containsExactly(step(0), step(1), step(2), step(3), step(4));
    }
  }
}
