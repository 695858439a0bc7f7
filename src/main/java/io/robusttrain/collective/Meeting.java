package io.robusttrain.collective;

import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.tensor.NativeThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.StringVector;
import org.slf4j.LoggerFactory;

/**
 * How workers find each other: each listens on its own address, and their lines to the driver,
 * which lets in nobody else, carry to the others where.
 *
 * <p>c10d asks a store for the addresses. The one that usual programs have, TCPStore, listens on
 * all interfaces and believes everybody. Here each worker has a store of its own, a file that
 * nobody else reads: what c10d puts there is carried to the other stores, and what the others have
 * put is found there.
 */
final class Meeting {
  /** The longest that workers wait for each other. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private static final Duration LOOK = Duration.ofMillis(2);

  /** Of users of a store: the last one to leave does not take the file away. */
  private static final int ANY_NUMBER = -1;

  private final WorkerPlace place;
  private final String host;
  private final Gathering all;
  private final NativeThread thread;
  private final Path folder;
  private final String file;
  private ProcessGroupGloo group;

  private Meeting(WorkerPlace place, String host, Gathering all, NativeThread thread, Path folder) {
    this.place = place;
    this.host = host;
    this.all = all;
    this.thread = thread;
    this.folder = folder;
    this.file = folder.resolve("store").toString();
  }

  /**
   * Meets the other workers; all must come.
   *
   * @param host the own address
   * @param all who must come
   * @param thread on which the connections are made
   * @param patience the longest that a worker waits for another one afterwards
   * @throws ExchangeFailure if a worker cannot be reached
   */
  static GlooPeers meet(
      WorkerPlace place, String host, Gathering all, NativeThread thread, Duration patience)
      throws InterruptedException {
    if (place.workers() == 1) {
      return new GlooPeers(place, null, patience);
    }
    Meeting meeting = new Meeting(place, host, all, thread, folder());
    try {
      return meeting.meet(patience);
    } catch (Throwable failed) {
      try {
        thread.call(meeting::disconnect);
      } catch (RuntimeException interrupted) {
        // It is done all the same, before the thread ends.
        failed.addSuppressed(interrupted);
      }
      throw failed;
    } finally {
      meeting.leave();
    }
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("robusttrain-meeting");
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "workers meet by a file in java.io.tmpdir, which cannot be written", failed);
    }
  }

  private GlooPeers meet(Duration patience) throws InterruptedException {
    try (PointerScope scope = new PointerScope()) {
      FileStore store = store();
      Future<ProcessGroupGloo> connecting = thread.submit(this::connect);
      List<byte[]> addresses = all.gather(ownAddress(store, connecting));
      for (int worker = 0; worker < place.workers(); worker++) {
        if (worker != place.index()) {
          store.set(key(worker), new ByteVector(addresses.get(worker)));
        }
      }
      return new GlooPeers(place, NativeThread.result(connecting), patience);
    }
  }

  /** Under which name c10d's first group looks for the addresses of a worker. */
  private static String key(int worker) {
    return "0/" + worker;
  }

  private ProcessGroupGloo connect() {
    try (PointerScope scope = new PointerScope()) {
      ProcessGroupGloo.Options options =
          ProcessGroupGloo.Options.create(new Milliseconds(LONGEST.toMillis()));
      GlooDeviceVector devices = new GlooDeviceVector();
      devices.push_back(ProcessGroupGloo.createDeviceForHostname(host));
      options.devices(devices);
      options.threads(1);
      group =
          new ProcessGroupGloo(store(), place.index(), place.workers(), options).retainReference();
      return group;
    } catch (RuntimeException failed) {
      throw new ExchangeFailure(
          "worker %d at %s cannot meet the others: %s"
              .formatted(place.index(), host, failed.getMessage().lines().findFirst().get()),
          failed);
    }
  }

  private boolean disconnect() {
    if (group != null) {
      group.close();
    }
    return group != null;
  }

  private FileStore store() {
    FileStore store = new FileStore(file, ANY_NUMBER);
    store.setTimeout(new Milliseconds(LONGEST.toMillis()));
    return store;
  }

  private byte[] ownAddress(FileStore store, Future<ProcessGroupGloo> connecting)
      throws InterruptedException {
    StringVector key = new StringVector(key(place.index()));
    while (!store.check(key)) {
      if (connecting.isDone()) {
        // It could not even begin: this throws why.
        NativeThread.result(connecting);
        throw new ExchangeFailure("c10d puts its addresses elsewhere than it did");
      }
      Thread.sleep(LOOK.toMillis());
    }
    return store.get(key(place.index())).get();
  }

  private void leave() {
    try {
      Files.deleteIfExists(Path.of(file));
      Files.delete(folder);
    } catch (IOException failed) {
      LoggerFactory.getLogger(Meeting.class)
          .warn("the file by which workers met is left behind", failed);
    }
  }
}
