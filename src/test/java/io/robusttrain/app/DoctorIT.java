package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code RobustDoctor} on real clusters of two executors. */
class DoctorIT {
  @TempDir private Path folder;

  @Test
  void aFitClusterPassesEveryCheck() throws Exception {
    Launch launch =
        doctor(
            "RobustDoctor",
            "--run-dir=" + folder.resolve("runs"),
            "distribution.engine=collective");
    assertThat(launch.code()).as(launch.text()).isZero();
    assertThat(launch.text())
        .containsPattern("ok +run dir +executors 0-1 +sees the driver's files and writes its own")
        .containsPattern("ok +executors +cluster +2 on 1 host")
        .containsPattern("ok +clocks +executors 0-1 +within 1 s")
        .containsPattern(
            "ok +libraries +driver, executors 0-1 +(OpenBLAS \\S+, )?OpenCV \\S+, libtorch ")
        .containsPattern("network +executors 0-1 +at least \\d+ MB/s")
        .containsPattern("ok +mesh +executors 0-1 +connects to every other executor")
        .containsPattern("\ndoctor {5}14 checks on driver and 2 executors: (ok|\\d warnings?)\n")
        .doesNotContain("FAILED");
    assertThat(folder.resolve("runs")).doesNotExist();
    assertThat(launch.remains()).isEmpty();
  }

  /**
   * Executors have working directories of their own, so that a path through {@code /proc/self/cwd}
   * is to them what a local disk is to other hosts. Options of a user's own do not take away what
   * Spark needs opened.
   */
  @Test
  void executorsThatSeeAnotherDiskAndHaveOptionsOfTheUsersOwn() throws Exception {
    Launch launch =
        doctor(
            "--conf",
            "spark.executor.extraJavaOptions=-Duser=own",
            "RobustDoctor",
            "--run-dir=file:///proc/self/cwd/runs");
    assertThat(launch.code()).as(launch.text()).isEqualTo(2);
    assertThat(launch.text())
        .containsPattern("ok +java +driver, executors 0-1 .*packages opened")
        .containsPattern("ok +run dir +driver +file:/proc/self/cwd/runs")
        .containsPattern("FAILED +run dir +executors 0-1 +does not see what the driver writes")
        .contains("-> set run.dir to a file system that all hosts share: hdfs://")
        .contains("1 FAILED");
    assertThat(folder.resolve("runs")).doesNotExist();
    assertThat(launch.remains()).isEmpty();
  }

  private Launch doctor(String... arguments) throws Exception {
    String[] all = new String[6 + arguments.length];
    String[] first = {"--workers", "2", "--executor-memory", "1g", "--driver-memory", "1g"};
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(arguments, 0, all, first.length, arguments.length);
    return Launch.of(folder, "standalone.sh", all);
  }
}
