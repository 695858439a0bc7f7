package io.robusttrain.doctor;

import java.util.Locale;

/** Sizes for people. */
final class Bytes {
  private Bytes() {}

  /** Such as 1.5 GB (of 2^30 bytes), 300 MB. */
  static String text(long bytes) {
    if (bytes >= 10L << 30) {
      return (bytes >> 30) + " GB";
    }
    if (bytes >= 1L << 30) {
      return String.format(Locale.ROOT, "%.1f GB", bytes / (double) (1L << 30));
    }
    return (bytes >> 20) + " MB";
  }
}
