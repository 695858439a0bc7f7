package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.IOException;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/** Runs a block on an executor and commits its outcome before the driver hears of it. */
final class BlockRunner implements Function<BlockTask, String> {
  private static final long serialVersionUID = 1L;
  private static final String DRIVER = "driver";

  private final Broadcast<EvaluationJob> job;
  private final Broadcast<float[]> weights;
  private final LongAccumulator blocksDone;
  private final LongAccumulator imagesDone;
  private final LongAccumulator broken;

  BlockRunner(
      Broadcast<EvaluationJob> job,
      Broadcast<float[]> weights,
      LongAccumulator blocksDone,
      LongAccumulator imagesDone,
      LongAccumulator broken) {
    this.job = job;
    this.weights = weights;
    this.blocksDone = blocksDone;
    this.imagesDone = imagesDone;
    this.broken = broken;
  }

  @Override
  public String call(BlockTask task) throws IOException {
    EvaluationJob shared = job.value();
    if (!SparkEnv.get().executorId().equals(DRIVER)) {
      // An executor's process serves one driver, which closes the sessions of its own process
      // alone.
      ModelSlots.closeOthers(shared.session());
    }
    ObjectNode outcome = task.run(shared, ModelSlots.access(shared, weights::value));
    outcome.put("plan", shared.fingerprint());
    shared.folder().writeJson(task.file(), outcome);
    blocksDone.add(1);
    imagesDone.add(task.size());
    broken.add(count(Json.array(outcome, "broken", boolean[].class)));
    return outcome.toString();
  }

  static int count(boolean... flags) {
    int count = 0;
    for (boolean flag : flags) {
      count += flag ? 1 : 0;
    }
    return count;
  }
}
