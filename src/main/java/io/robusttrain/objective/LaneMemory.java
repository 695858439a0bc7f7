package io.robusttrain.objective;

import java.util.List;

/**
 * What an objective remembers for one lane from step to step, as a checkpoint has it.
 *
 * @param lane the micro-batch's number in its step
 * @param shape of the tensor, such as (B, C, H, W)
 * @param values its elements, float32, row-major
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bulk data, never compared
public record LaneMemory(int lane, List<Long> shape, float[] values) {
  public LaneMemory {
    shape = List.copyOf(shape);
  }
}
