package io.robusttrain.evaluate.run;

import io.robusttrain.model.Classifier;
import java.util.function.Function;

/** A task's way to the model of its job. */
public interface ModelAccess {
  /**
   * Computes on the model's own thread and waits; unchecked exceptions are thrown as they are.
   *
   * @param computation has the model for itself meanwhile
   */
  <T> T compute(Function<Classifier, T> computation);
}
