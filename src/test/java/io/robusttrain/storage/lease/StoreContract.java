package io.robusttrain.storage.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointSession;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.OptimizerSlices;
import io.robusttrain.checkpoint.RetentionPolicy;
import io.robusttrain.checkpoint.Samples;
import io.robusttrain.checkpoint.SliceRange;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What checkpoints, run files and leases do on every file system. */
public abstract class StoreContract {
  private static final Duration TTL = Duration.ofMinutes(5);

  /** The file system under test. */
  public abstract FileSystem fs() throws IOException;

  /** An empty directory for one test. */
  public abstract Path base();

  public CommitProtocol protocol() throws IOException {
    return CommitProtocol.of(fs());
  }

  private Path run() {
    return new Path(base(), OddFolder.NAME + "/runs/trial-1");
  }

  private CheckpointStore store(Fence fence) throws IOException {
    return new CheckpointStore(fs(), new Path(run(), "checkpoints"), protocol(), fence);
  }

  private CheckpointStore store() throws IOException {
    return store(Fence.none());
  }

  @Test
  void aCheckpointIsAbsentUntilItIsComplete() throws IOException {
    CheckpointStore store = store();
    assertThat(store.newest()).isEmpty();
    Samples.commit(store, 1);
    try (CheckpointSession session = store.begin("epoch-0001-step-000000015")) {
      try (OutputStream out = session.create(Checkpoint.MODEL)) {
        ModelFile.write(out, Samples.CARD, Samples.tensors(1));
        assertThat(store().list()).containsExactly("epoch-0001");
      }
      assertThat(store().newest().orElseThrow().name()).isEqualTo("epoch-0001");
      session.commit(Samples.state(2));
    }
    assertThat(store().list()).containsExactly("epoch-0001", "epoch-0001-step-000000015");
    Checkpoint newest = store().newest().orElseThrow();
    assertThat(newest.name()).isEqualTo("epoch-0001-step-000000015");
    assertThat(newest.state()).isEqualTo(Samples.state(2));
    try (ModelFile model = newest.openModel()) {
      assertThat(model.tensors().floats("head.weight")).containsExactly(1, 2, 3);
    }
    assertThat(
            OptimizerSlices.read(
                    store().read("epoch-0001").location(),
                    store().read("epoch-0001").sliceFiles(),
                    List.of("exp_avg"),
                    new SliceRange(0, 1, 1, 3, 5))
                .get("exp_avg"))
        .containsExactly(1.1f, 1.2f, 1.3f);
  }

  @Test
  void anAbandonedCheckpointLeavesNothing() throws IOException {
    Samples.commit(store(), 1);
    int files = count(run());
    try (CheckpointSession session = store().begin("epoch-0002")) {
      session.create("a").close();
    }
    assertThat(count(run())).isEqualTo(files);
  }

  @Test
  void damagedOnesAreSkippedAndReplaced() throws IOException {
    Samples.commit(store(), 1);
    Samples.commit(store(), 2);
    Path model = new Path(store().read("epoch-0002").path(), Checkpoint.MODEL);
    write(model, "torn");
    assertThat(store().newest().orElseThrow().name()).isEqualTo("epoch-0001");
    assertThatThrownBy(() -> store().read("epoch-0002"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("Continue from another checkpoint.");
    assertThat(store().retain(Samples.newest(1), Optional.empty())).isEmpty();
    Samples.commit(store(), 2);
    assertThat(store().newest().orElseThrow().name()).isEqualTo("epoch-0002");
    assertThatThrownBy(() -> store().begin("epoch-0002"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("exists already");
  }

  @Test
  void retentionKeepsTheNewestTheRegularAndTheBest() throws IOException {
    for (int epoch = 1; epoch <= 6; epoch++) {
      Samples.commit(store(), epoch);
    }
    commitBetween(store(), 6, 61);
    commitBetween(store(), 6, 62);
    CheckpointStore store = store();
    RetentionPolicy policy = new RetentionPolicy(2, OptionalInt.of(3));
    assertThat(store.retain(policy, Optional.of("epoch-0001")))
        .containsExactly("epoch-0002", "epoch-0004", "epoch-0005");
    Samples.commit(store, 7);
    assertThat(store.retain(policy, Optional.of("epoch-0001")))
        .containsExactly("epoch-0006-step-000000061");
    assertThat(store.list())
        .containsExactly(
            "epoch-0001", "epoch-0003", "epoch-0006", "epoch-0006-step-000000062", "epoch-0007");
    assertThat(store.retain(Samples.newest(1), Optional.empty())).hasSize(4);
    assertThat(store.retain(Samples.newest(1), Optional.empty())).isEmpty();
    assertThat(store().newest().orElseThrow().name()).isEqualTo("epoch-0007");
  }

  private static void commitBetween(CheckpointStore store, int epoch, long step)
      throws IOException {
    try (CheckpointSession session = store.begin(CheckpointStore.name(epoch, step))) {
      session.commit(Samples.state(epoch));
    }
  }

  @Test
  void aFileIsReplacedWholeOrNotAtAll() throws IOException {
    Path file = new Path(run(), "best/model.safetensors");
    fs().mkdirs(file.getParent());
    Storage.replace(fs(), file, out -> out.write(bytes("first")));
    assertThatThrownBy(
            () ->
                Storage.replace(
                    fs(),
                    file,
                    out -> {
                      out.write(bytes("sec"));
                      throw new IOException("the writer failed");
                    }))
        .hasMessage("the writer failed");
    assertThat(read(file)).isEqualTo("first");
    assertThatThrownBy(
            () ->
                Storage.replace(
                    fs(),
                    file,
                    () -> {
                      throw new RunLeaseException("lost");
                    },
                    out -> out.write(bytes("third"))))
        .hasMessage("lost");
    assertThat(read(file)).isEqualTo("first");
    Storage.replace(fs(), file, out -> out.write(bytes("fourth")));
    assertThat(read(file)).isEqualTo("fourth");
    assertThat(fs().listStatus(file.getParent())).hasSize(1);
  }

  /** A reader sees one content or the other while a file is replaced again and again. */
  @Test
  void readersSeeWholeFiles() throws Exception {
    Path file = new Path(run(), "manifest.json");
    fs().mkdirs(run());
    Storage.replace(fs(), file, out -> out.write(bytes("0".repeat(5000))));
    AtomicBoolean done = new AtomicBoolean();
    whileReading(
        () -> {
          while (!done.get()) {
            String text = read(file);
            assertThat(text).hasSize(5000).isEqualTo(text.substring(0, 1).repeat(5000));
          }
          return null;
        },
        () -> {
          for (int i = 1; i <= 20; i++) {
            String digit = String.valueOf(i % 10);
            Storage.replace(fs(), file, out -> out.write(bytes(digit.repeat(5000))));
          }
          done.set(true);
        });
  }

  @Test
  void readersAlwaysFindAWholeOneDuringRetention() throws Exception {
    Samples.commit(store(), 1);
    AtomicBoolean done = new AtomicBoolean();
    whileReading(
        () -> {
          int last = 0;
          while (!done.get()) {
            int epoch = store().newest().orElseThrow().state().epoch();
            assertThat(epoch).isGreaterThanOrEqualTo(last);
            last = epoch;
          }
          return null;
        },
        () -> {
          CheckpointStore store = store();
          for (int epoch = 2; epoch <= 8; epoch++) {
            Samples.commit(store, epoch);
            store.retain(Samples.newest(1), Optional.empty());
          }
          done.set(true);
        });
    assertThat(store().list()).containsExactly("epoch-0008");
  }

  private interface Writing {
    void happen() throws IOException;
  }

  private static void whileReading(Callable<Void> reading, Writing writing) throws Exception {
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Void> result = reader.submit(reading);
      writing.happen();
      result.get();
    } finally {
      reader.shutdownNow();
    }
  }

  /** Owners that cannot see each other's processes, so that only the store decides. */
  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void oneOfManyOwnsARun() throws Exception {
    int contenders = 20;
    CyclicBarrier start = new CyclicBarrier(contenders);
    ContestClock clock = new ContestClock(contenders, TTL);
    ExecutorService threads = Executors.newFixedThreadPool(contenders);
    List<Future<Optional<RunLease>>> results = new ArrayList<>();
    for (int i = 0; i < contenders; i++) {
      LeaseOwner owner = new LeaseOwner("node" + i, "", i, 0, "anna");
      results.add(
          threads.submit(
              () -> {
                start.await();
                return contend(owner, clock);
              }));
    }
    List<RunLease> winners = new ArrayList<>();
    for (Future<Optional<RunLease>> result : results) {
      result.get().ifPresent(winners::add);
    }
    threads.shutdown();
    assertThat(winners).hasSize(1);
    winners.get(0).requireHeld();
    winners.get(0).close();
    try (RunLease next = RunLease.acquire(fs(), run(), TTL)) {
      next.requireHeld();
    }
  }

  private Optional<RunLease> contend(LeaseOwner owner, ContestClock clock) throws IOException {
    RunLease lease;
    try {
      lease = RunLease.acquire(fs(), run(), TTL, owner, clock);
    } catch (RunLeaseException e) {
      assertThat(e).hasMessageContaining("is in use by process");
      return Optional.empty();
    } finally {
      clock.decide();
    }
    clock.giveSigns(lease);
    return Optional.of(lease);
  }

  @Test
  void whoLostTheRunPublishesNothing() throws IOException {
    RunLeaseTest.HandClock clock = new RunLeaseTest.HandClock();
    RunLease annas = acquire("node1", clock);
    CheckpointStore store = store(annas);
    Samples.commit(store, 1);
    Samples.commit(store, 2);
    CheckpointSession paused = store.begin("epoch-0003");
    RunLease bens = acquire("node2", clock);
    assertThatThrownBy(() -> paused.commit(Samples.state(3)))
        .isInstanceOf(RunLeaseException.class)
        .hasMessageContaining("on host node2");
    paused.close();
    assertThatThrownBy(() -> store.begin("epoch-0003")).isInstanceOf(RunLeaseException.class);
    assertThatThrownBy(() -> store.retain(Samples.newest(1), Optional.empty()))
        .isInstanceOf(RunLeaseException.class);
    Path best = new Path(run(), "best.safetensors");
    assertThatThrownBy(() -> ModelFile.write(fs(), best, annas, Samples.CARD, Samples.tensors(1)))
        .isInstanceOf(RunLeaseException.class);
    assertThat(fs().exists(best)).isFalse();
    Samples.commit(store(bens), 3);
    assertThat(store().list()).containsExactly("epoch-0001", "epoch-0002", "epoch-0003");
    annas.close();
    bens.requireHeld();
    bens.close();
  }

  private RunLease acquire(String host, LeaseClock clock) throws IOException {
    LeaseOwner owner = new LeaseOwner(host, "", 1, 0, "anna");
    return RunLease.acquire(fs(), run(), TTL, owner, clock);
  }

  private int count(Path directory) throws IOException {
    int files = 0;
    for (FileStatus status : fs().listStatus(directory)) {
      files += status.isDirectory() ? 1 + count(status.getPath()) : 1;
    }
    return files;
  }

  private void write(Path path, String text) throws IOException {
    try (OutputStream out = fs().create(path, true)) {
      out.write(bytes(text));
    }
  }

  private String read(Path path) throws IOException {
    return new String(Storage.bytes(fs(), path), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
