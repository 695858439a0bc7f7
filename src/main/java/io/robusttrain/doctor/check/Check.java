package io.robusttrain.doctor.check;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One thing that is looked at in every process. Gathering facts and judging them are apart, so that
 * each judgement can be tested with invented facts.
 *
 * @param <F> what is gathered in a process; travels to the driver
 */
public interface Check<F extends Serializable> extends Serializable {
  /** A word or two for the second column of the report. */
  String name();

  /**
   * Gathers the facts, in the process that is looked at and in a thread of its own.
   *
   * @throws Exception anything; it becomes a failure with its cause
   */
  F examine(Place place) throws Exception;

  /** What the facts of one process mean; at least one finding. Looks at nothing but the facts. */
  List<Finding> judge(Place place, F facts);

  /** What the facts of all processes mean together. Looks at nothing but the facts. */
  default List<Line> compare(Map<Place, F> facts) {
    return List.of();
  }

  /**
   * A line about all processes, if they do not all say the same.
   *
   * @param said what each process says
   * @param finding takes the different sayings, joined
   */
  static List<Line> unlike(
      String check, Map<Place, String> said, Function<String, Finding> finding) {
    Set<String> kinds = new TreeSet<>(said.values());
    return kinds.size() < 2
        ? List.of()
        : List.of(
            new Line(
                check, List.copyOf(said.keySet()), finding.apply(String.join(" and ", kinds))));
  }

  /** What is done if {@link #examine} fails or does not end. */
  String remedy();

  /** After which {@link #examine} counts as hanging. */
  default Duration limit() {
    return Duration.ofSeconds(30);
  }
}
