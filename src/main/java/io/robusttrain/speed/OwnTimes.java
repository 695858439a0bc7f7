package io.robusttrain.speed;

import java.io.Serializable;

/**
 * What one worker did itself in one step, in wall seconds.
 *
 * @param attack making the attacked images
 * @param train forward and backward of the attacked images
 * @param data waiting for images and converting bytes to floats
 * @param update gradient norm and optimiser, on the worker's slice
 */
record OwnTimes(double attack, double train, double data, double update) implements Serializable {
  /** The sum of the four parts. */
  double total() {
    return attack + train + data + update;
  }
}
