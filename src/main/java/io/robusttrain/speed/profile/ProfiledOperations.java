package io.robusttrain.speed.profile;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The operations of a step and what each took itself, without those that it called: the mean over
 * some recordings.
 *
 * <p>Both recorders of libtorch see the same operations in the same order, that of their ends: the
 * n-th of one record is the n-th of the other. Helpers, which only one of them sees, run inside of
 * an operation of the step's thread, whose time is theirs.
 */
final class ProfiledOperations {
  private final Census census;
  private final List<Operation> operations;

  /** Places of those that the recorder of times sees: it records one thread. */
  private final int[] timed;

  private final double[] own;
  private final double[] ownInAttack;
  private int recordings;

  /** Operations whose times are not known yet. */
  ProfiledOperations(Census census) {
    this.census = census;
    operations = census.operations();
    timed =
        IntStream.range(0, operations.size())
            .filter(place -> !operations.get(place).helper())
            .toArray();
    own = new double[operations.size()];
    ownInAttack = new double[operations.size()];
  }

  /**
   * Adds a recording.
   *
   * @param timings of these operations, the last of which ends the training on attacked images
   * @param trainSeconds how long that training took, the attack being before it; NaN if attack and
   *     training take turns
   * @throws ProfileException if they are those of other operations
   */
  void add(List<Timing> timings, double trainSeconds) {
    requireSame(timings);
    double end = timings.stream().mapToDouble(Timing::end).max().orElse(0);
    double attackEnd = end - trainSeconds;
    for (int i = 0; i < timed.length; i++) {
      add(timed[i], timings.get(i).seconds(), part(timings.get(i), attackEnd));
      int parent = operations.get(timed[i]).parent();
      if (parent >= 0) {
        add(parent, -timings.get(i).seconds(), -part(timings.get(i), attackEnd));
      }
    }
    recordings++;
  }

  private void add(int place, double seconds, double inAttack) {
    own[place] += seconds;
    ownInAttack[place] += inAttack;
  }

  /** The seconds of an operation that belong to the attack: all, none, or nobody knows. */
  private static double part(Timing timing, double attackEnd) {
    if (Double.isNaN(attackEnd)) {
      return Double.NaN;
    }
    return timing.begin() < attackEnd ? timing.seconds() : 0;
  }

  private void requireSame(List<Timing> timings) {
    int common = Math.min(timed.length, timings.size());
    for (int i = 0; i < common; i++) {
      String name = operations.get(timed[i]).name();
      if (!name.equals(timings.get(i).name())) {
        throw different(
            "number %d is %s in one and %s in the other"
                .formatted(i + 1, name, timings.get(i).name()));
      }
    }
    if (timed.length != timings.size()) {
      throw different("%d in one, %d in the other".formatted(timed.length, timings.size()));
    }
  }

  private static ProfileException different(String how) {
    return new ProfileException(
        "two recordings of one step do not have the same operations (%s), so times and sizes cannot be joined: time the step without --profile"
            .formatted(how));
  }

  /** Costs by the name of the operation. */
  SortedMap<String, Cost> byName() {
    return sum(new TreeMap<>(), Operation::name);
  }

  /** Costs by the kind of the operation. */
  Map<OperationKind, Cost> byKind() {
    return sum(new EnumMap<>(OperationKind.class), OperationKind::of);
  }

  private <K, M extends Map<K, Cost>> M sum(M sums, Function<Operation, K> key) {
    for (int i = 0; i < own.length; i++) {
      Cost cost = census.cost(i).taking(own[i] / recordings, ownInAttack[i] / recordings);
      sums.merge(key.apply(operations.get(i)), cost, Cost::plus);
    }
    return sums;
  }
}
