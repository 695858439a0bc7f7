package io.robusttrain.storage.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import io.robusttrain.storage.StorageAwayException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLeaseTest {
  private static final Configuration CONF = new Configuration();
  private static final Duration TTL = Duration.ofSeconds(60);
  private static final LeaseOwner ANNA = new LeaseOwner("node1", "", 4711, 0, "anna");
  private static final LeaseOwner BEN = new LeaseOwner("node2", "", 12, 0, "ben");

  @TempDir Path dir;
  private FileSystem fs;
  private org.apache.hadoop.fs.Path run;
  private final HandClock clock = new HandClock();

  @BeforeEach
  void locate() throws IOException {
    run = new org.apache.hadoop.fs.Path(dir.resolve("trial-1").toUri());
    fs = Storage.fileSystem(run, CONF);
  }

  @Test
  void aRunThatNobodyOwnsIsOwnedAtOnce() throws IOException {
    RunLease lease = acquire(ANNA);
    lease.requireHeld();
    lease.check();
    assertThat(clock.slept()).isZero();
    assertThat(dir.resolve("trial-1")).doesNotExist();
    assertThat(files()).containsExactly("0000000001.json");
  }

  @Test
  void aLiveOwnerIsNamed() throws IOException {
    RunLease annas = acquire(ANNA);
    clock.whileSleeping(() -> annas.renew());
    assertThatThrownBy(() -> acquire(BEN))
        .isInstanceOf(RunLeaseException.class)
        .hasMessageStartingWith(
            "Run file:" + dir + "/trial-1 is in use by process 4711 of user anna")
        .hasMessageContaining("on host node1, since 2026-11-22 20:00:00 UTC.")
        .hasMessageContaining("end it (kill 4711 on node1); give this run another run.id")
        .hasMessageEndingWith("its lease ends 60 s after its last sign of life.");
    annas.requireHeld();
    assertThat(clock.slept()).isEqualTo(TTL.dividedBy(12));
  }

  @Test
  void aSilentOwnerLosesTheRunAfterItsTime() throws IOException {
    RunLease annas = acquire(ANNA);
    RunLease bens = acquire(BEN);
    assertThat(clock.slept()).isEqualTo(TTL);
    bens.requireHeld();
    assertThatThrownBy(annas::requireHeld)
        .isInstanceOf(RunLeaseException.class)
        .hasMessageContaining(
            "trial-1 now belongs to process 12 of user ben on host node2, since 2026-11-22 20:01:00"
                + " UTC")
        .hasMessageContaining("gave no sign of life for 60 s, being paused or cut off from")
        .hasMessageContaining("writes nothing more");
    assertThatThrownBy(annas::check).isInstanceOf(RunLeaseException.class);
    assertThatThrownBy(annas::renew).isInstanceOf(RunLeaseException.class);
    annas.close();
    bens.requireHeld();
  }

  /** Paused for hours, it must not need its thread to have noticed. */
  @Test
  void aStepAfterAPauseAsksTheStore() throws IOException {
    RunLease annas = acquire(ANNA);
    clock.advance(TTL.multipliedBy(2));
    assertThatCode(annas::check).doesNotThrowAnyException();
    acquire(BEN);
    assertThatThrownBy(annas::check).isInstanceOf(RunLeaseException.class);
  }

  @Test
  void aDriverThatIsCutOffStops() throws IOException {
    RunLease annas = acquire(ANNA);
    Path leases = dir.resolve(".leases");
    Files.move(leases, dir.resolve("elsewhere"));
    Files.writeString(leases, "not a directory");
    annas.check();
    clock.advance(TTL.plusSeconds(1));
    assertThatThrownBy(annas::check).isInstanceOf(RunLeaseException.class);
  }

  /** Nobody is known to own the run then: this process may train on, and writes nothing. */
  @Test
  void aStoreThatIsAwayIsNoLossUntilItAnswersSo() throws IOException {
    boolean[] away = {false};
    FileSystem store =
        new FilterFileSystem(fs) {
          @Override
          public FileStatus[] listStatus(org.apache.hadoop.fs.Path folder) throws IOException {
            if (away[0]) {
              throw new ConnectException("Connection refused");
            }
            return super.listStatus(folder);
          }
        };
    RunLease annas = RunLease.acquire(store, run, TTL, ANNA, clock);
    away[0] = true;
    annas.check();
    clock.advance(TTL.plusSeconds(1));
    assertThatThrownBy(annas::check)
        .isInstanceOf(StorageAwayException.class)
        .hasMessage(
            "the lease of run file:"
                + dir
                + "/trial-1 could not be renewed for 61 s (Connection refused)");
    assertThatThrownBy(annas::requireHeld).isInstanceOf(ConnectException.class);
    away[0] = false;
    annas.check();
    away[0] = true;
    acquire(BEN);
    away[0] = false;
    assertThatThrownBy(annas::requireHeld).isInstanceOf(RunLeaseException.class);
  }

  @Test
  void aRunThatWasGivenBackIsOwnedAtOnce() throws IOException {
    RunLease annas = acquire(ANNA);
    annas.close();
    annas.close();
    acquire(BEN).requireHeld();
    assertThat(clock.slept()).isZero();
    assertThatThrownBy(annas::requireHeld)
        .isInstanceOf(RunLeaseException.class)
        .hasMessageContaining("given back by this process");
    acquire(BEN, "other").requireHeld();
  }

  @Test
  void aDeadProcessOfThisMachineIsNotWaitedFor() throws Exception {
    // Lives as long as its input is open.
    Process process = new ProcessBuilder("cat").start();
    LeaseOwner here = LeaseOwner.current();
    LeaseOwner other =
        new LeaseOwner(
            here.host(),
            here.machine(),
            process.pid(),
            process.info().startInstant().orElseThrow().toEpochMilli(),
            here.user());
    acquire(other);
    assertThatThrownBy(() -> acquire(here))
        .isInstanceOf(RunLeaseException.class)
        .hasMessageContaining("in use by process " + process.pid());
    process.destroyForcibly().waitFor();
    acquire(here).requireHeld();
    assertThat(clock.slept()).isZero();
  }

  @Test
  void aReusedProcessIdIsAnotherProcess() throws IOException {
    LeaseOwner here = LeaseOwner.current();
    acquire(
        new LeaseOwner(
            here.host(), here.machine(), here.pid(), here.started() - 60_000, here.user()));
    acquire(here).requireHeld();
    assertThat(clock.slept()).isZero();
  }

  @Test
  void aClaimThatWasCutShortIsWaitedFor() throws IOException {
    acquire(ANNA);
    Files.writeString(dir.resolve(".leases/trial-1/0000000002.json"), "{ \"id\" : \"a");
    acquire(BEN).requireHeld();
    assertThat(clock.slept()).isEqualTo(TTL);
    assertThat(files()).containsExactly("0000000002.json", "0000000003.json");
  }

  @Test
  void aLateClaimOfANumberThatWasClearedAwayIsNone() throws IOException {
    LeaseFiles files =
        new LeaseFiles(fs, new org.apache.hadoop.fs.Path(run.getParent(), ".leases/trial-1"));
    for (int i = 0; i < 4; i++) {
      acquire(ANNA).close();
    }
    assertThat(files()).containsExactly("0000000003.json", "0000000004.json");
    LeaseRecord late = new LeaseRecord("late", BEN, clock.now(), TTL, 0, LeaseRecord.Phase.HELD);
    assertThat(files.claim(2, late, clock)).isFalse();
    assertThat(files()).containsExactly("0000000003.json", "0000000004.json");
  }

  @Test
  void theOwnersTimeCountsIfItIsLonger() throws IOException {
    acquire(ANNA);
    RunLease.acquire(fs, run, Duration.ofSeconds(2), BEN, clock).requireHeld();
    assertThat(clock.slept()).isEqualTo(TTL);
  }

  private RunLease acquire(LeaseOwner owner) throws IOException {
    return RunLease.acquire(fs, run, TTL, owner, clock);
  }

  private RunLease acquire(LeaseOwner owner, String id) throws IOException {
    return RunLease.acquire(
        fs, new org.apache.hadoop.fs.Path(run.getParent(), id), TTL, owner, clock);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> children = Files.list(dir.resolve(".leases/trial-1"))) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** Time that passes only when somebody waits or the test says so. */
  static final class HandClock implements LeaseClock {
    interface Event {
      void happen() throws IOException;
    }

    private Duration passed = Duration.ZERO;
    private Duration slept = Duration.ZERO;
    private Event event = () -> {};

    void whileSleeping(Event happening) {
      event = happening;
    }

    void advance(Duration time) {
      passed = passed.plus(time);
    }

    Duration slept() {
      return slept;
    }

    @Override
    public long nanoTime() {
      return passed.toNanos();
    }

    @Override
    public Instant now() {
      return Instant.parse("2026-11-22T20:00:00Z").plus(passed);
    }

    @Override
    public void sleep(Duration time) {
      advance(time);
      slept = slept.plus(time);
      try {
        event.happen();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
