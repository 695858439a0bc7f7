package io.robusttrain.evaluate.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.PlannedAttack;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The outcome of one attack, all blocks together.
 *
 * @param stage what was done
 * @param rows numbers of the attacked images among the chosen ones, ascending
 * @param broken which of them broke
 * @param sizes of their perturbations in the norm; 0 where an image stands
 * @param predictions of the perturbed images
 * @param cost of the stage
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StageOutcome(
    PlannedAttack stage,
    int[] rows,
    boolean[] broken,
    double[] sizes,
    int[] predictions,
    Cost cost) {
  public static StageOutcome of(PlannedAttack stage, int[] rows, List<ObjectNode> blocks) {
    boolean[] broken = new boolean[rows.length];
    double[] sizes = new double[rows.length];
    int[] predictions = new int[rows.length];
    int next = 0;
    for (ObjectNode block : blocks) {
      boolean[] flags = Json.array(block, "broken", boolean[].class);
      System.arraycopy(flags, 0, broken, next, flags.length);
      System.arraycopy(Json.array(block, "sizes", double[].class), 0, sizes, next, flags.length);
      System.arraycopy(
          Json.array(block, "predictions", int[].class), 0, predictions, next, flags.length);
      next += flags.length;
    }
    return new StageOutcome(stage, rows, broken, sizes, predictions, Cost.of(blocks));
  }

  public int brokenCount() {
    return (int) brokenIndices().count();
  }

  /** The median perturbation of the broken images; 0 if there is none. */
  public double medianSize() {
    double[] sorted = brokenIndices().mapToDouble(i -> sizes[i]).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  /** The numbers of the broken images among the chosen ones, ascending. */
  int[] brokenRows() {
    return brokenIndices().map(i -> rows[i]).toArray();
  }

  private IntStream brokenIndices() {
    return IntStream.range(0, broken.length).filter(i -> broken[i]);
  }
}
