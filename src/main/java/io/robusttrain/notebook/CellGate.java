package io.robusttrain.notebook;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Optional;

/**
 * Lets interrupts through to the code of a cell, and to nothing else that the cell's thread does,
 * such as compiling. One that comes meanwhile waits for the code, so that the line at which the
 * cell ended is always known. Thread-safe; {@link #interrupt()} is for any thread, the rest for
 * that of the cell.
 */
final class CellGate {
  @GuardedBy("this")
  private Optional<Thread> cell = Optional.empty();

  @GuardedBy("this")
  private boolean inCode;

  @GuardedBy("this")
  private boolean asked;

  @GuardedBy("this")
  private boolean waiting;

  /** A cell begins on this thread. */
  synchronized void begin() {
    cell = Optional.of(Thread.currentThread());
    asked = false;
    waiting = false;
  }

  /** The cell ends. An interrupt that came too late must not end the next one. */
  synchronized void end() {
    cell = Optional.empty();
    Thread.interrupted();
  }

  /**
   * Code of the cell begins.
   *
   * @throws CellInterrupted instead, if there was an interrupt that no code has noticed
   */
  synchronized void enter() {
    if (waiting) {
      throw new CellInterrupted();
    }
    inCode = true;
  }

  /** Code of the cell ends. An interrupt that it did not notice, or passed on, waits. */
  synchronized void leave() {
    inCode = false;
    waiting = Thread.interrupted();
  }

  /** Whether an interrupt waits, asked between two pieces of code. */
  synchronized boolean waits() {
    return waiting;
  }

  /** Whether anybody interrupted the cell since it began. */
  synchronized boolean asked() {
    return asked;
  }

  /** Interrupts the cell that runs, if one does. */
  synchronized void interrupt() {
    asked = cell.isPresent();
    if (inCode) {
      cell.ifPresent(Thread::interrupt);
    } else {
      waiting = asked;
    }
  }
}
