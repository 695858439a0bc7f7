package io.robusttrain.speed.profile;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the time of a recorded step went.
 *
 * @param recorded how many times it was recorded; all times are means over them
 * @param seconds wall time of a step while it is recorded
 * @param plainSeconds the median of as many steps that were not recorded
 * @param optimiserSeconds gradient norm and update, which compute in Java
 * @param operations by name
 * @param kinds the same by kind
 */
public record StepProfile(
    int recorded,
    double seconds,
    double plainSeconds,
    double optimiserSeconds,
    SortedMap<String, Cost> operations,
    Map<OperationKind, Cost> kinds) {
  public StepProfile {
    operations = Collections.unmodifiableSortedMap(new TreeMap<>(operations));
    kinds = Collections.unmodifiableMap(new EnumMap<>(kinds));
  }

  /** All operations. */
  public Cost total() {
    return kinds.values().stream().reduce(Cost.NONE, Cost::plus);
  }

  /** Seconds of a step in which no operation ran: Java, JavaCPP, copies to and from arrays. */
  public double betweenSeconds() {
    return seconds - optimiserSeconds - total().seconds();
  }

  /** A part of the recorded step, in [0,1]. */
  double share(double part) {
    return part / seconds;
  }
}
