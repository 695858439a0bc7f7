package io.robusttrain.bigdl;

/**
 * Something that a step needs of the other workers is missing or is not of this step, so that the
 * step must not be applied. The same steps may succeed on another engine.
 */
final class ExchangeFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ExchangeFailure(String message) {
    super(message);
  }

  ExchangeFailure(String message, Throwable cause) {
    super(message, cause);
  }

  /** Says that a worker's model was made twice in a leg. */
  static ExchangeFailure dropped(int worker, String when) {
    return new ExchangeFailure(
        "the model of worker %d was dropped from Spark's storage memory %s: raise spark.executor.memory (spark.driver.memory with a local master)"
            .formatted(worker, when));
  }
}
