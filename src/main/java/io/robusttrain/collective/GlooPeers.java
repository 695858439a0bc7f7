package io.robusttrain.collective;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.WorkerPlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;

/**
 * The connections of a worker to all others, through c10d's ProcessGroupGloo: each pair of workers
 * has one, over which tensors go from memory to memory. Sending and receiving return at once; what
 * was begun is waited for.
 *
 * <p>c10d's own collectives are not used: its reduce-scatter and all-gather took ten times as long
 * over Gloo as the same bytes sent and received, and add in an order that is not ours to choose.
 *
 * <p>Used from one thread, but for {@link #abort}.
 */
final class GlooPeers implements AutoCloseable {
  private final WorkerPlace place;
  private final Connection connection;
  private final Duration patience;

  @GuardedBy("this")
  private final List<Work> pending = new ArrayList<>();

  @GuardedBy("this")
  private boolean aborted;

  /**
   * Takes a group of all workers, which is closed with this; none for a worker that is alone.
   *
   * @param patience the longest that a worker waits for another one
   */
  GlooPeers(WorkerPlace place, Connection connection, Duration patience) {
    this.place = place;
    this.connection = connection;
    this.patience = patience;
  }

  /** Which of how many. */
  WorkerPlace place() {
    return place;
  }

  /** Something on its way. */
  final class Transfer {
    private final Work work;
    private final String what;

    private Transfer(Work work, String what) {
      this.work = work;
      this.what = what;
    }

    /**
     * Waits until it has arrived, or has been sent.
     *
     * @throws ExchangeFailure if it has not, because the other side or this one gave up
     */
    void await() {
      boolean done;
      try (PointerScope scope = new PointerScope()) {
        done = work._wait(new Milliseconds(patience.toMillis()));
      } catch (RuntimeException failed) {
        throw new ExchangeFailure(what + ": " + firstLine(failed), failed);
      } finally {
        forget(work);
      }
      if (!done) {
        throw new ExchangeFailure(what + ": given up");
      }
    }
  }

  /**
   * Begins to receive.
   *
   * @param into contiguous; must live until the transfer is waited for or this is closed
   * @param tag tells transfers between the same workers apart
   */
  Transfer receive(Tensor into, int from, int tag) {
    return begin(true, into, from, tag);
  }

  /** Begins to send, as {@link #receive} receives; the tensor must not change meanwhile. */
  Transfer send(Tensor what, int to, int tag) {
    return begin(false, what, to, tag);
  }

  private synchronized Transfer begin(boolean receives, Tensor tensor, int other, int tag) {
    String words =
        receives
            ? "worker %d received nothing from worker %d".formatted(place.index(), other)
            : "worker %d could not send to worker %d".formatted(place.index(), other);
    if (aborted) {
      throw new ExchangeFailure(words + ": given up");
    }
    try (PointerScope scope = new PointerScope()) {
      TensorVector tensors = new TensorVector(tensor);
      ProcessGroupGloo group = connection.group();
      Work work = receives ? group.recv(tensors, other, tag) : group.send(tensors, other, tag);
      pending.add(work.retainReference());
      return new Transfer(work, words);
    } catch (RuntimeException failed) {
      throw new ExchangeFailure(words + ": " + firstLine(failed), failed);
    }
  }

  private synchronized void forget(Work work) {
    pending.remove(work);
    work.close();
  }

  /** Ends what is waited for, now and from now on. May be called from any thread, at any time. */
  synchronized void abort() {
    aborted = true;
    pending.forEach(Work::abort);
  }

  /** Ends all connections: the others find out at once. */
  @Override
  public synchronized void close() {
    aborted = true;
    pending.forEach(Work::close);
    pending.clear();
    if (connection != null) {
      connection.close();
    }
  }

  /** C++ says where in its sources, and a stack trace. */
  private static String firstLine(RuntimeException failed) {
    String text = String.valueOf(failed.getMessage()).strip();
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end);
    return line.replaceFirst("^\\[[^\\]]*\\] ", "");
  }
}
