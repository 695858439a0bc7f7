package io.robusttrain.config.value;

import io.robusttrain.base.NearestNames;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the known key that a misspelt one was meant to be. */
final class Spelling {
  private static final int SHORTEST = 3;

  private Spelling() {}

  /**
   * The known key nearest to {@code wrong}: within a third of its length in edits, else one with
   * (nearly) the same last part in another group.
   */
  static Optional<String> nearest(String wrong, Collection<String> known) {
    return closest(wrong, known, false)
        .or(() -> closest(lastPart(wrong), known, true))
        .or(() -> abbreviation(wrong, known));
  }

  /**
   * A key that the wrong one lengthens or shortens (epsilon, eps), in the same group if there is
   * one.
   */
  private static Optional<String> abbreviation(String wrong, Collection<String> known) {
    return known.stream()
        .filter(key -> abbreviates(lastPart(key), lastPart(wrong)))
        .min(Comparator.comparingInt(key -> group(key).equals(group(wrong)) ? 0 : 1));
  }

  private static boolean abbreviates(String a, String b) {
    return Math.min(a.length(), b.length()) >= SHORTEST && (a.startsWith(b) || b.startsWith(a));
  }

  private static String group(String key) {
    return key.substring(0, Math.max(0, key.lastIndexOf('.')));
  }

  private static Optional<String> closest(String wrong, Collection<String> known, boolean byLast) {
    Comparator<String> byDistance =
        Comparator.comparingInt(key -> NearestNames.distance(wrong, byLast ? lastPart(key) : key));
    int limit = byLast ? Math.max(1, wrong.length() / 5) : Math.max(2, wrong.length() / 4);
    return known.stream()
        .min(byDistance)
        .filter(key -> NearestNames.distance(wrong, byLast ? lastPart(key) : key) <= limit);
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }
}
