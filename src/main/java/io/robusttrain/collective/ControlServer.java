package io.robusttrain.collective;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's end of the lines to all workers of a leg. A worker says the leg's word and which one
 * it is, gets its slice of the weights if the leg begins with others than it has, and is told again
 * and again how far it may go, while it reports every step. Here workers also wait for each other:
 * Spark's own barrier answers after a second at the earliest. A line that ends says that the other
 * side is gone.
 */
final class ControlServer implements AutoCloseable {
  /** How far a worker may go that shall rest. */
  static final long REST = -1;

  /** In place of how far: what all workers brought follows. */
  static final long GATHERED = -2;

  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
  private static final Duration GREETING = Duration.ofSeconds(20);
  private static final Duration ENDING = Duration.ofSeconds(5);

  /** Connections that have not greeted, beside one for each worker. */
  private static final int STRANGERS = 32;

  private static final int BUFFER = 1 << 16;

  private final ServerSocket listening;
  private final String word;
  private final int workers;
  private final Listener listener;
  private final Slices slices;

  @GuardedBy("this")
  private final Map<Integer, DataOutputStream> lines = new TreeMap<>();

  @GuardedBy("this")
  private final Map<Integer, byte[]> gathered = new TreeMap<>();

  /** Of connections that have not greeted, the oldest first. */
  @GuardedBy("this")
  private final Set<Socket> strangers = new LinkedHashSet<>();

  @GuardedBy("this")
  private final Set<Socket> sockets = new LinkedHashSet<>();

  @GuardedBy("this")
  private final Set<Thread> threads = new LinkedHashSet<>();

  @GuardedBy("this")
  private boolean closed;

  /** What comes over the lines; on a thread of each line's own, which must not wait. */
  interface Listener {
    void connected(int worker);

    void reported(int worker, StepMessage message);

    void left(int worker, String why);

    /** Told once if workers that have not come yet are not let in any more. */
    void broke(String why);
  }

  /** Sends a worker what it begins with. */
  @FunctionalInterface
  interface Slices {
    void send(int worker, DataOutputStream out) throws IOException;
  }

  /**
   * Lets workers in from now on, until all are there; then nobody listens any more.
   *
   * @param listening closed with this
   * @param word that only the leg's workers know
   * @param workers how many there are
   */
  ControlServer(
      ServerSocket listening, String word, int workers, Slices slices, Listener listener) {
    this.listening = listening;
    this.word = word;
    this.workers = workers;
    this.slices = slices;
    this.listener = listener;
    begin("collective-control", this::accept);
  }

  private synchronized void begin(String name, Runnable work) {
    if (!closed) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } finally {
                  ended(Thread.currentThread());
                }
              },
              name);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private synchronized void ended(Thread thread) {
    threads.remove(thread);
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        if (keep(socket)) {
          begin("collective-line", () -> serve(socket));
        }
      }
    } catch (Throwable ended) {
      // No file handle or no thread may be left. Whoever waits for workers would wait for ever.
      if (!listening.isClosed()) {
        closeQuietly(listening);
        listener.broke("the driver can let in no more workers: " + ended);
      }
      if (ended instanceof Error error) {
        throw error;
      }
    }
  }

  /** Strangers do not crowd out workers, who greet at once: the oldest stranger goes. */
  private synchronized boolean keep(Socket socket) {
    if (closed) {
      closeQuietly(socket);
      return false;
    }
    if (strangers.size() >= workers + STRANGERS) {
      Socket oldest = strangers.iterator().next();
      strangers.remove(oldest);
      closeQuietly(oldest);
    }
    strangers.add(socket);
    sockets.add(socket);
    return true;
  }

  private synchronized void forget(Socket socket) {
    strangers.remove(socket);
    sockets.remove(socket);
  }

  private synchronized void known(Socket socket) {
    strangers.remove(socket);
  }

  private void serve(Socket socket) {
    int worker = -1;
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.setSoTimeout((int) GREETING.toMillis());
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
      worker = greeted(in);
      known(socket);
      socket.setSoTimeout(0);
      DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER));
      slices.send(worker, out);
      out.flush();
      register(worker, out);
      listener.connected(worker);
      while (true) {
        if (in.readBoolean()) {
          listener.reported(worker, StepMessage.read(in));
        } else {
          gather(worker, Bytes.read(in));
        }
      }
    } catch (IOException | RuntimeException ended) {
      if (worker < 0) {
        LOG.warn(
            "somebody at {} was not let in: {}",
            socket.getRemoteSocketAddress(),
            ended.getMessage());
      } else {
        listener.left(worker, String.valueOf(ended.getMessage()));
      }
    } finally {
      forget(socket);
    }
  }

  /** Which worker is on the line. */
  private int greeted(DataInputStream in) throws IOException {
    byte[] said = new byte[word.length()];
    in.readFully(said);
    if (!MessageDigest.isEqual(said, word.getBytes(UTF_8))) {
      throw new IOException("wrong word");
    }
    int worker = in.readInt();
    if (worker < 0 || worker >= workers) {
      throw new IOException("there is no worker " + worker);
    }
    return worker;
  }

  private synchronized void register(int worker, DataOutputStream out) throws IOException {
    if (lines.putIfAbsent(worker, out) != null) {
      throw new IOException("worker %d is here twice".formatted(worker));
    }
    if (lines.size() == workers) {
      closeQuietly(listening);
    }
  }

  /** A worker has come to where all wait for each other; the last one lets all go on. */
  private synchronized void gather(int worker, byte[] brought) {
    gathered.put(worker, brought);
    if (gathered.size() == workers) {
      List<byte[]> all = List.copyOf(gathered.values());
      gathered.clear();
      toAll(
          out -> {
            out.writeLong(GATHERED);
            for (byte[] each : all) {
              Bytes.write(out, each);
            }
          });
    }
  }

  /** Lets all workers do the steps before this one, or tells them to {@link #REST}. */
  synchronized void allow(long end) {
    toAll(out -> out.writeLong(end));
  }

  /** Something that is said to a worker. */
  private interface Words {
    void say(DataOutputStream out) throws IOException;
  }

  @GuardedBy("this")
  private void toAll(Words words) {
    for (Map.Entry<Integer, DataOutputStream> line : lines.entrySet()) {
      try {
        words.say(line.getValue());
        line.getValue().flush();
      } catch (IOException gone) {
        // Whoever reads the line finds its end, too.
        LOG.debug("worker {} cannot be told: {}", line.getKey(), gone.getMessage());
      }
    }
  }

  /** Ends all lines: workers that are still at work give up. */
  @Override
  public void close() {
    List<Thread> ending;
    synchronized (this) {
      closed = true;
      closeQuietly(listening);
      sockets.forEach(ControlServer::closeQuietly);
      ending = List.copyOf(threads);
    }
    long deadline = System.nanoTime() + ENDING.toNanos();
    try {
      for (Thread thread : ending) {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(AutoCloseable socket) {
    try {
      socket.close();
    } catch (Exception failed) {
      LOG.debug("a socket was not closed in order: {}", failed.getMessage());
    }
  }
}
