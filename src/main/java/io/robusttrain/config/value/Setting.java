package io.robusttrain.config.value;

import java.io.Serializable;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;

/**
 * The value of a key that may be left open: {@code auto} (derived later from the model's name, the
 * data or the cluster) or {@code none} (switched off). Unlike {@link Optional} it is serializable,
 * so that records holding it travel to executors.
 *
 * @param <T> type of the value; serializable and immutable
 * @param valueOrNull the value, or null when left open; prefer the other methods
 */
public record Setting<T>(T valueOrNull) implements Serializable {
  /** A setting with a value. */
  public static <T> Setting<T> of(T value) {
    return new Setting<>(Objects.requireNonNull(value));
  }

  /** A setting left open. */
  public static <T> Setting<T> open() {
    return new Setting<>(null);
  }

  /** Whether there is a value. */
  public boolean isSet() {
    return valueOrNull != null;
  }

  /**
   * The value.
   *
   * @throws NoSuchElementException when left open
   */
  public T get() {
    return toOptional().orElseThrow();
  }

  /** The value, or {@code other} when left open. */
  public T orElse(T other) {
    return isSet() ? valueOrNull : other;
  }

  /** The value as an optional, empty when left open. */
  public Optional<T> toOptional() {
    return Optional.ofNullable(valueOrNull);
  }
}
