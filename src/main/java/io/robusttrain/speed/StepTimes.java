package io.robusttrain.speed;

import java.util.Comparator;
import java.util.List;

/**
 * Where one step's time went.
 *
 * @param seconds wall time of the whole step, as who drives the steps sees it
 * @param own what the slowest worker did itself
 */
record StepTimes(double seconds, OwnTimes own) {
  /** A step of some workers, at least one; the slowest has the largest sum of its own times. */
  static StepTimes of(double seconds, List<OwnTimes> workers) {
    OwnTimes slowest =
        workers.stream().max(Comparator.comparingDouble(OwnTimes::total)).orElseThrow();
    return new StepTimes(seconds, slowest);
  }

  /** Wall time outside of the slowest worker's own work: moving the flat vector, scheduling. */
  double exchange() {
    return seconds - own.total();
  }
}
