package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;

/** The work on one block of images; independent of every other block's. */
interface BlockTask extends Serializable {
  /** The file of the outcome in the output directory. */
  String file();

  /** The number of images. */
  int size();

  /**
   * Does the work.
   *
   * @param model bound to the evaluation's weights, for this task alone
   * @return the outcome without its header
   */
  ObjectNode run(EvaluationJob job, ModelSlots.Access model) throws IOException;

  /**
   * Whether an outcome is that of this work; it may come from an earlier process.
   *
   * @param outcome as {@link #run} gave it
   */
  boolean matches(ObjectNode outcome);
}
