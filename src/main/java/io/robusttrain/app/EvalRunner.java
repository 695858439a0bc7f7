package io.robusttrain.app;

import io.robusttrain.evaluate.EvaluationRequest;
import io.robusttrain.evaluate.EvaluationResult;
import java.io.IOException;
import java.util.OptionalInt;

/** What {@code RobustEval} starts once it has understood its command line. */
public interface EvalRunner {
  /**
   * Evaluates, or continues an evaluation.
   *
   * @param request what is asked for
   * @param output the directory of the result
   * @param partitions into which blocks are grouped; empty: each is a task of its own
   */
  EvaluationResult run(EvaluationRequest request, String output, OptionalInt partitions)
      throws IOException;

  /** Reads a finished result. */
  EvaluationResult read(String path) throws IOException;
}
