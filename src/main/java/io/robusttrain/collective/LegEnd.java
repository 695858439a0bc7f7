package io.robusttrain.collective;

import io.robusttrain.cluster.ExchangeFailure;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;

/**
 * How a worker's part of a leg ended. A failure is an answer and not a failed task: Spark would
 * begin the whole stage again, and forget the exception.
 *
 * @param worker which one
 * @param failure what ended it early, or null
 */
record LegEnd(int worker, Throwable failure) implements Serializable {
  static LegEnd done(int worker) {
    return new LegEnd(worker, null);
  }

  static LegEnd failed(int worker, Throwable failure) {
    return new LegEnd(worker, portable(failure));
  }

  /** Whether the worker failed only because another one, or the driver, was not there any more. */
  boolean isConsequence() {
    return failure instanceof ExchangeFailure;
  }

  /** An exception that Java can send, or one that says the same. */
  private static Throwable portable(Throwable failure) {
    try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
      out.writeObject(failure);
      return failure;
    } catch (IOException unsent) {
      IllegalStateException said = new IllegalStateException(failure.toString());
      said.setStackTrace(failure.getStackTrace());
      said.addSuppressed(new IllegalStateException("it cannot be sent: " + unsent));
      return said;
    }
  }
}
