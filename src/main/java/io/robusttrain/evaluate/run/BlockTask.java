package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.Victim;
import io.robusttrain.base.Json;
import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;

/** The work on one block of images; independent of every other block's. */
public interface BlockTask extends Serializable {
  /** The file of the outcome in the output directory. */
  String file();

  /** As {@link #file()}, of a block in a stage's directory. */
  static String file(String stage, int block) {
    return "stages/%s/block-%05d.json".formatted(stage, block);
  }

  /** The images' ids in the split. */
  long[] ids();

  default int size() {
    return ids().length;
  }

  /** Whether the outcome says which images broke, in a field {@code broken}. */
  default boolean breaks() {
    return false;
  }

  /**
   * Computes the outcome of this block.
   *
   * @param model bound to the evaluation's weights, for this task alone
   * @return the outcome without its header
   */
  ObjectNode run(EvaluationJob job, ModelAccess model) throws IOException;

  /**
   * Whether an outcome is that of this work; it may come from an earlier process.
   *
   * @param outcome as {@link #run} gave it
   */
  default boolean matches(ObjectNode outcome) {
    return Arrays.equals(ids(), Json.array(outcome, "ids", long[].class));
  }

  /** Puts into an outcome what it took since {@code begin}, a time in nanoseconds. */
  static void putCost(ObjectNode outcome, Victim victim, long begin) {
    outcome.put("forward", victim.forwardImages());
    outcome.put("backward", victim.backwardImages());
    outcome.put("seconds", (System.nanoTime() - begin) * 1e-9);
  }
}
