package io.robusttrain.storage.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.storage.LeaseContender;
import io.robusttrain.storage.Storage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With real processes that are killed. */
@Tag("slow")
class RunLeaseProcessTest {
  private static final int CONTENDERS = 3;

  @TempDir Path dir;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void oneOfManyProcessesOwnsARunAndADeadOneLosesItAtOnce() throws Exception {
    List<BufferedReader> outputs = new ArrayList<>();
    for (int i = 0; i < CONTENDERS; i++) {
      Process process = contender();
      processes.add(process);
      outputs.add(process.inputReader());
    }
    for (BufferedReader output : outputs) {
      assertThat(output.readLine()).isEqualTo("READY");
    }
    for (Process process : processes) {
      process.outputWriter().append('\n').flush();
    }
    Process owner = null;
    int refused = 0;
    for (int i = 0; i < CONTENDERS; i++) {
      String line = outputs.get(i).readLine();
      if (line.equals("OWNER")) {
        assertThat(owner).isNull();
        owner = processes.get(i);
      } else {
        assertThat(line).startsWith("REFUSED Run file:").contains("trial is in use by process ");
        refused++;
      }
    }
    assertThat(owner).isNotNull();
    assertThat(refused).isEqualTo(CONTENDERS - 1);

    owner.destroyForcibly().waitFor();
    org.apache.hadoop.fs.Path run = new org.apache.hadoop.fs.Path(dir.resolve("trial").toUri());
    FileSystem fs = Storage.fileSystem(run, new Configuration(false));
    RunLeaseTest.HandClock clock = new RunLeaseTest.HandClock();
    try (RunLease lease =
        RunLease.acquire(fs, run, Duration.ofMinutes(2), LeaseOwner.current(), clock)) {
      lease.requireHeld();
    }
    assertThat(clock.slept()).as("time of waiting for the dead one").isZero();
  }

  /** A JVM that is asked to end gives the run back. */
  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void aTerminatedProcessGivesTheRunBack() throws Exception {
    Process process = contender();
    processes.add(process);
    BufferedReader output = process.inputReader();
    assertThat(output.readLine()).isEqualTo("READY");
    process.outputWriter().append('\n').flush();
    assertThat(output.readLine()).isEqualTo("OWNER");
    // Of the handle: that of the process would end its input, and with it the process, too.
    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(Files.readString(dir.resolve(".leases/trial/0000000001.json")))
        .contains("\"released\" : true");
  }

  private Process contender() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            LeaseContender.class.getName(),
            new org.apache.hadoop.fs.Path(dir.resolve("trial").toUri()).toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
