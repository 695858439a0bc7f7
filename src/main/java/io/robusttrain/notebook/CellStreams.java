package io.robusttrain.notebook;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/**
 * Standard output, standard error and what is displayed, led to the cell that runs, in order. A
 * thread of its own sends them, some times a second: the connection drops messages that come faster
 * than they are read, and takes the interrupt from a thread that sends. Thread-safe.
 */
final class CellStreams extends JupyterIO implements Outlet {
  private static final long EVERY_MILLIS = 50;

  /** Whoever prints more before it is sent waits. */
  private static final int MOST_BYTES = 1 << 20;

  private final PrintStream terminal = System.err;
  private final PrintStream printed = stream(out);
  private final PrintStream complained = stream(err);
  private final Object sending = new Object();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Deque<Runnable> pieces = new ArrayDeque<>();

  @GuardedBy("lock")
  private int bytes;

  CellStreams() {
    super(StandardCharsets.UTF_8);
    Thread sender = new Thread(this::sendAgainAndAgain, "notebook-output");
    sender.setDaemon(true);
    sender.start();
  }

  /** What takes the place of {@code System.out} while a cell runs. */
  PrintStream standardOutput() {
    return printed;
  }

  /** What takes the place of {@code System.err} while a cell runs. */
  PrintStream standardError() {
    return complained;
  }

  void attach(ShellReplyEnvironment cell) {
    setEnv(cell);
    // A cell that waited for a typed answer could not be run as a batch.
    setJupyterInEnabled(false);
  }

  /** Returns when everything that the cell printed and showed is sent. */
  void detach(ShellReplyEnvironment cell) {
    send();
    retractEnv(cell);
  }

  @Override
  public void show(DisplayData data) {
    add(() -> display.display(data));
  }

  @Override
  public void update(DisplayData data) {
    add(() -> display.updateDisplay(data));
  }

  /** Text for one of the streams of the library, which sends it when it is flushed. */
  private record Text(PrintStream to, ByteArrayOutputStream content) implements Runnable {
    @Override
    public void run() {
      to.write(content.toByteArray(), 0, content.size());
      to.flush();
    }
  }

  private PrintStream stream(PrintStream to) {
    OutputStream queue =
        new OutputStream() {
          @Override
          public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] text, int offset, int length) {
            print(to, text, offset, length);
          }
        };
    return new PrintStream(queue, false, StandardCharsets.UTF_8);
  }

  private void print(PrintStream to, byte[] text, int offset, int length) {
    lock.lock();
    try {
      while (bytes > MOST_BYTES) {
        changed.awaitUninterruptibly();
      }
      if (!(pieces.peekLast() instanceof Text last && last.to() == to)) {
        pieces.add(new Text(to, new ByteArrayOutputStream()));
      }
      if (pieces.peekLast() instanceof Text last) {
        last.content().write(text, offset, length);
      }
      bytes += length;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void add(Runnable shown) {
    lock.lock();
    try {
      pieces.add(shown);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void send() {
    synchronized (sending) {
      List<Runnable> taken;
      lock.lock();
      try {
        taken = List.copyOf(pieces);
        pieces.clear();
        bytes = 0;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      taken.forEach(Runnable::run);
    }
  }

  private void sendAgainAndAgain() {
    while (true) {
      lock.lock();
      try {
        while (pieces.isEmpty()) {
          changed.awaitUninterruptibly();
        }
      } finally {
        lock.unlock();
      }
      try {
        Thread.sleep(EVERY_MILLIS);
        send();
      } catch (InterruptedException end) {
        return;
      } catch (RuntimeException failure) {
        failure.printStackTrace(terminal);
      }
    }
  }
}
