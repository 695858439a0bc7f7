package io.robusttrain.base;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The known names that resemble a mistyped one. */
public final class NearestNames {
  private static final int SHOWN = 3;

  private NearestNames() {}

  /** Up to three names, the most similar first. */
  public static List<String> to(String name, Collection<String> known) {
    return known.stream()
        .sorted(Comparator.comparingInt((String k) -> distance(name, k)).thenComparing(k -> k))
        .limit(SHOWN)
        .toList();
  }

  /** Levenshtein's distance: how many letters to insert, delete or replace. */
  public static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
