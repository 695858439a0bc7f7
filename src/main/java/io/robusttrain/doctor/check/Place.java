package io.robusttrain.doctor.check;

import java.io.Serializable;
import java.util.Comparator;

/**
 * A process that was looked at.
 *
 * @param role what it does
 * @param id Spark's name of an executor; {@code driver} for the driver
 * @param host where it runs, as Spark calls it
 */
public record Place(Role role, String id, String host) implements Serializable, Comparable<Place> {
  /** What a process does in a training. */
  public enum Role {
    DRIVER,
    EXECUTOR,
    BOTH;

    boolean computes() {
      return this != DRIVER;
    }

    boolean drives() {
      return this != EXECUTOR;
    }
  }

  private static final Comparator<Place> ORDER =
      Comparator.comparing((Place place) -> !place.role().drives())
          .thenComparingInt(Place::number)
          .thenComparing(Place::id);

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }

  /** The executor's number; those without one come last. */
  public int number() {
    return id.matches("\\d{1,9}") ? Integer.parseInt(id) : Integer.MAX_VALUE;
  }
}
