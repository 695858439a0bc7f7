package io.robusttrain.evaluate.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The passes and the time that a stage took.
 *
 * @param forward images that passed forward, those with a gradient included
 * @param backward images that passed backward
 * @param seconds of computing, summed over tasks
 */
public record Cost(long forward, long backward, double seconds) {
  public static final Cost NONE = new Cost(0, 0, 0);

  static Cost of(List<ObjectNode> blocks) {
    Cost sum = NONE;
    for (ObjectNode block : blocks) {
      sum =
          sum.plus(
              new Cost(
                  block.path("forward").asLong(),
                  block.path("backward").asLong(),
                  block.path("seconds").asDouble()));
    }
    return sum;
  }

  public Cost plus(Cost other) {
    return new Cost(forward + other.forward, backward + other.backward, seconds + other.seconds);
  }

  public ObjectNode putInto(ObjectNode node) {
    return node.put("forward_passes", forward)
        .put("backward_passes", backward)
        .put("seconds", seconds);
  }
}
