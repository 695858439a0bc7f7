package io.robusttrain.base;

import java.util.Locale;
import java.util.OptionalLong;

/**
 * Units of memory: powers of 1000 with B, powers of 1024 with iB or a bare letter, as Typesafe
 * Config has them.
 */
public enum ByteUnit {
  TIB("TiB", 1L << 40),
  TB("TB", 1_000_000_000_000L),
  GIB("GiB", 1L << 30),
  GB("GB", 1_000_000_000L),
  MIB("MiB", 1L << 20),
  MB("MB", 1_000_000L),
  KIB("KiB", 1L << 10),
  KB("kB", 1000L),
  B("B", 1L);

  private final String symbol;
  private final long bytes;

  ByteUnit(String symbol, long bytes) {
    this.symbol = symbol;
    this.bytes = bytes;
  }

  /** The bytes of a unit by its symbol in any case: 1 if it is blank, nothing if it is unknown. */
  public static OptionalLong named(String symbol) {
    if (symbol.isEmpty()) {
      return OptionalLong.of(1);
    }
    String wanted = symbol.toLowerCase(Locale.ROOT);
    for (ByteUnit unit : values()) {
      String own = unit.symbol.toLowerCase(Locale.ROOT);
      if (wanted.equals(own) || (own.endsWith("ib") && wanted.equals(own.substring(0, 1)))) {
        return OptionalLong.of(unit.bytes);
      }
    }
    return OptionalLong.empty();
  }

  /** The amount in the largest unit that divides it: {@code 256 MiB}. */
  public static String exact(long amount) {
    ByteUnit best = B;
    for (ByteUnit unit : values()) {
      if (amount % unit.bytes == 0 && unit.bytes > best.bytes && amount > 0) {
        best = unit;
      }
    }
    return amount / best.bytes + " " + best.symbol;
  }

  /** An amount for people, such as 1.5 GB (of 2^30 bytes) or 300 MB (of 2^20). */
  public static String rounded(long amount) {
    if (amount >= 10L << 30) {
      return (amount >> 30) + " GB";
    }
    if (amount >= 1L << 30) {
      return String.format(Locale.ROOT, "%.1f GB", amount / (double) (1L << 30));
    }
    return (amount >> 20) + " MB";
  }
}
