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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.StringVector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How workers find each other: each listens on its own address, and their lines to the driver,
 * which lets in nobody else, carry to the others where.
 *
 * <p>c10d asks a store for the addresses. The one that usual programs have, TCPStore, listens on
 * all interfaces and believes everybody. Here each worker has a store of its own, a file that
 * nobody else reads: what c10d puts there is carried to the other stores, and what the others have
 * put is found there.
 *
 * <p>c10d cannot be told to stop. A meeting that is given up leaves the thread on which it connects
 * behind: it ends when c10d finds that its store cannot be read, or its time is over.
 */
final class Meeting {
  private static final Duration LOOK = Duration.ofMillis(2);

  /** Of users of a store: the last one to leave does not take the file away. */
  private static final int ANY_NUMBER = -1;

  private static final Logger LOG = LoggerFactory.getLogger(Meeting.class);

  private final WorkerPlace place;
  private final String host;
  private final Gathering all;
  private final Duration longest;
  private final Duration patience;
  private final CompletableFuture<Connection> connected = new CompletableFuture<>();

  /**
   * A meeting that has not begun.
   *
   * @param host the own address
   * @param all who must come
   * @param longest that workers take to connect, once all are there
   * @param patience the longest that a worker waits for another one afterwards
   */
  Meeting(WorkerPlace place, String host, Gathering all, Duration longest, Duration patience) {
    this.place = place;
    this.host = host;
    this.all = all;
    this.longest = longest;
    this.patience = patience;
  }

  /**
   * Meets the other workers; all must come, and none connects before all are there.
   *
   * @param thread on which the connections are made; left behind if this is given up
   * @throws ExchangeFailure if a worker cannot be reached, or this was given up
   */
  GlooPeers meet(NativeThread thread) throws InterruptedException {
    if (place.workers() == 1) {
      return new GlooPeers(place, null, patience);
    }
    all.gather(new byte[0]);
    Path folder = folder();
    Path file = folder.resolve("store");
    boolean met = false;
    try (PointerScope scope = new PointerScope()) {
      FileStore store = store(file);
      Future<Boolean> connecting = thread.submit(() -> connect(file));
      List<byte[]> addresses = all.gather(ownAddress(store, connecting));
      for (int worker = 0; worker < place.workers(); worker++) {
        if (worker != place.index()) {
          store.set(key(worker), new ByteVector(addresses.get(worker)));
        }
      }
      GlooPeers peers = new GlooPeers(place, result(), patience);
      met = true;
      return peers;
    } finally {
      if (met) {
        leave(file);
      } else {
        abort();
        giveUp(file, thread);
      }
    }
  }

  /** Ends what is waited for, now and from now on. May be called from any thread, at any time. */
  void abort() {
    connected.completeExceptionally(
        new ExchangeFailure("worker %d gave the meeting up".formatted(place.index())));
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("robusttrain-meeting");
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "workers meet by a file in java.io.tmpdir, which cannot be written", failed);
    }
  }

  /** Under which name c10d's first group looks for the addresses of a worker. */
  private static String key(int worker) {
    return "0/" + worker;
  }

  /** Whether the connections are wanted; those that come too late are ended. */
  private boolean connect(Path file) {
    Connection made;
    try (PointerScope scope = new PointerScope()) {
      ProcessGroupGloo.Options options =
          ProcessGroupGloo.Options.create(new Milliseconds(longest.toMillis()));
      GlooDeviceVector devices = new GlooDeviceVector();
      devices.push_back(ProcessGroupGloo.createDeviceForHostname(host));
      options.devices(devices);
      options.threads(1);
      FileStore store = store(file);
      ProcessGroupGloo group = new ProcessGroupGloo(store, place.index(), place.workers(), options);
      made =
          new Connection(
              group.retainReference(),
              List.of(
                  options.retainReference(), devices.retainReference(), store.retainReference()));
    } catch (RuntimeException failed) {
      return connected.completeExceptionally(
          new ExchangeFailure(
              "worker %d at %s cannot meet the others: %s"
                  .formatted(
                      place.index(),
                      host,
                      String.valueOf(failed.getMessage()).lines().findFirst().orElse("")),
              failed));
    }
    boolean wanted = connected.complete(made);
    if (!wanted) {
      made.close();
    }
    return wanted;
  }

  private Connection result() throws InterruptedException {
    try {
      return connected.get(2 * longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException stuck) {
      throw new ExchangeFailure("c10d does not keep its time limit of " + longest, stuck);
    } catch (ExecutionException failed) {
      // On a stack of its own: it was made on another thread.
      throw new ExchangeFailure(failed.getCause().getMessage(), failed.getCause());
    }
  }

  private FileStore store(Path file) {
    FileStore store = new FileStore(file.toString(), ANY_NUMBER);
    store.setTimeout(new Milliseconds(longest.toMillis()));
    return store;
  }

  private byte[] ownAddress(FileStore store, Future<Boolean> connecting)
      throws InterruptedException {
    StringVector key = new StringVector(key(place.index()));
    while (!store.check(key)) {
      if (connected.isDone()) {
        // It could not even begin, or was given up: this throws why.
        result();
        throw new ExchangeFailure("c10d puts its addresses elsewhere than it did");
      }
      if (connecting.isDone() && !connected.isDone()) {
        // The process is ending.
        NativeThread.result(connecting);
      }
      Thread.sleep(LOOK.toMillis());
    }
    return store.get(key(place.index())).get();
  }

  /**
   * Lets c10d's next look at its store fail: a file that is missing would be waited for, a link to
   * itself cannot be opened. The link goes when c10d has ended.
   */
  private static void giveUp(Path file, NativeThread thread) {
    try {
      Files.deleteIfExists(file);
      Files.createSymbolicLink(file, file.getFileName());
    } catch (IOException | UnsupportedOperationException failed) {
      LOG.warn("a meeting that was given up goes on for a while: {}", failed.toString());
    }
    Future<Boolean> gone = thread.submit(() -> leave(file));
    thread.leave();
    if (gone.isDone()) {
      LOG.debug("c10d had ended already");
    }
  }

  /** Whether the store is gone. */
  private static boolean leave(Path file) {
    try {
      Files.deleteIfExists(file);
      Files.delete(file.getParent());
      return true;
    } catch (IOException failed) {
      LOG.warn("the file by which workers met is left behind", failed);
      return false;
    }
  }
}
