package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A copy of one worker's slice of the flat vector.
 *
 * @param start the slice's first element in the flat vector
 * @param values its elements
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bulk data, never compared
public record WorkerSlice(int start, float[] values) implements Serializable {
  /** Puts it where it belongs in a flat vector. */
  public void copyInto(float[] flat) {
    System.arraycopy(values, 0, flat, start, values.length);
  }
}
