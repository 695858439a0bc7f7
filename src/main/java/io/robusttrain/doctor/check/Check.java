package io.robusttrain.doctor.check;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One thing that is looked at in every process. Gathering facts and judging them are apart, so that
 * each judgement can be tested with invented facts.
 *
 * @param <F> what is gathered in a process; travels to the driver
 */
public interface Check<F extends Serializable> extends Serializable {
  /** A word for the first column. */
  String name();

  /**
   * Gathers the facts, in the process that is looked at and in a thread of its own.
   *
   * @throws Exception anything; it becomes a failure with its cause
   */
  F examine(Place place) throws Exception;

  /** What the facts of one process mean; at least one finding. Pure. */
  List<Finding> judge(Place place, F facts);

  /** What the facts of all processes mean together, by the processes concerned. Pure. */
  default List<Line> compare(Map<Place, F> facts) {
    return List.of();
  }

  /** What is done if {@link #examine} fails or does not end. */
  String remedy();

  /** After which {@link #examine} counts as hanging. */
  default Duration limit() {
    return Duration.ofSeconds(30);
  }
}
