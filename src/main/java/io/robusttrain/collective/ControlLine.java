package io.robusttrain.collective;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.WorkerPlace;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A worker's end of its line to the driver. */
final class ControlLine implements Gathering, AutoCloseable {
  private static final Duration GREETING = Duration.ofSeconds(20);
  private static final int BUFFER = 1 << 16;

  private final LegPlan.Address driver;
  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final DataOutputStream out;
  private final Thread reader;
  private final Runnable onEnd;
  private final Optional<float[]> slice;
  private final int workers;

  @GuardedBy("this")
  private long allowed;

  @GuardedBy("this")
  private List<byte[]> gathered = List.of();

  @GuardedBy("this")
  private boolean ended;

  /**
   * Reaches the driver and takes what the leg begins with.
   *
   * @param place which worker of how many this is
   * @param length of its slice
   * @param answer the longest that the driver says nothing before it has answered
   * @param onEnd told once when the driver has ended the line; on a thread of the line's own
   * @throws ExchangeFailure if the driver cannot be reached, or lets nobody in any more
   */
  ControlLine(
      LegPlan.Address driver, WorkerPlace place, int length, Duration answer, Runnable onEnd) {
    this.driver = driver;
    this.onEnd = onEnd;
    this.workers = place.workers();
    int worker = place.index();
    try {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.connect(
          new InetSocketAddress(driver.host(), driver.port()), (int) GREETING.toMillis());
      socket.setSoTimeout(Math.toIntExact(answer.toMillis()));
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
      out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER));
      out.write(driver.word().getBytes(UTF_8));
      out.writeInt(worker);
      out.flush();
      slice = in.readBoolean() ? Optional.of(FloatStream.read(in, length)) : Optional.empty();
      // From now on silence is a step that takes its time.
      socket.setSoTimeout(0);
    } catch (IOException failed) {
      close(socket);
      throw new ExchangeFailure(
          "worker %d cannot reach the driver at %s: %s"
              .formatted(worker, driver, failed.getMessage()),
          failed);
    }
    reader = new Thread(this::listen, "collective-line-" + worker);
    reader.setDaemon(true);
    reader.start();
  }

  /** The worker's slice of the weights if the leg begins with others than the worker has. */
  Optional<float[]> slice() {
    return slice;
  }

  private void listen() {
    try {
      while (true) {
        long next = in.readLong();
        List<byte[]> all = next == ControlServer.GATHERED ? readAll() : List.of();
        synchronized (this) {
          if (all.isEmpty()) {
            allowed = next;
          } else {
            gathered = all;
          }
          notifyAll();
        }
      }
    } catch (IOException gone) {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
      onEnd.run();
    }
  }

  private List<byte[]> readAll() throws IOException {
    List<byte[]> all = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      all.add(Bytes.read(in));
    }
    return all;
  }

  @Override
  public List<byte[]> gather(byte[] own) throws InterruptedException {
    try {
      out.writeBoolean(false);
      Bytes.write(out, own);
      out.flush();
    } catch (IOException failed) {
      throw new ExchangeFailure(
          "the driver at %s cannot be told: %s".formatted(driver, failed.getMessage()), failed);
    }
    synchronized (this) {
      while (!ended && gathered.isEmpty()) {
        wait();
      }
      if (gathered.isEmpty()) {
        throw new ExchangeFailure(
            "the driver at %s is gone, or has given up before all workers met".formatted(driver));
      }
      List<byte[]> all = gathered;
      gathered = List.of();
      return all;
    }
  }

  /**
   * Waits until the driver has decided on a step.
   *
   * @return whether it may be done; otherwise the worker rests
   * @throws ExchangeFailure if the driver has ended the line
   */
  synchronized boolean mayRun(long step) throws InterruptedException {
    while (!ended && allowed != ControlServer.REST && allowed <= step) {
      wait();
    }
    if (allowed == ControlServer.REST) {
      return false;
    }
    if (ended) {
      throw new ExchangeFailure(
          "the driver at %s has given up step %d or is gone".formatted(driver, step));
    }
    return true;
  }

  /** Tells the driver of a step that is done. */
  void report(StepMessage message) {
    try {
      out.writeBoolean(true);
      message.write(out);
    } catch (IOException failed) {
      throw new ExchangeFailure(
          "step %d cannot be reported to the driver at %s: %s"
              .formatted(message.step(), driver, failed.getMessage()),
          failed);
    }
  }

  @Override
  public void close() {
    close(socket);
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failed) {
      throw new ExchangeFailure("a line to the driver cannot be closed", failed);
    }
  }
}
