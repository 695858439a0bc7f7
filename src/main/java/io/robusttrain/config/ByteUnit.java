package io.robusttrain.config;

import java.util.Locale;

/**
 * Units of memory: powers of 1000 with B, powers of 1024 with iB or a bare letter, as Typesafe
 * Config has them.
 */
enum ByteUnit {
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

  /** Bytes of the unit with this symbol. */
  static long named(String symbol, String shown) throws BadValueException {
    if (symbol.isEmpty()) {
      return 1;
    }
    String wanted = symbol.toLowerCase(Locale.ROOT);
    for (ByteUnit unit : values()) {
      String own = unit.symbol.toLowerCase(Locale.ROOT);
      if (wanted.equals(own) || (own.endsWith("ib") && wanted.equals(own.substring(0, 1)))) {
        return unit.bytes;
      }
    }
    throw new BadValueException("expected a size in kB, MB, GB, KiB, MiB or GiB, found " + shown);
  }

  /** The amount in the largest unit that divides it. */
  static String write(long amount) {
    ByteUnit best = B;
    for (ByteUnit unit : values()) {
      if (amount % unit.bytes == 0 && unit.bytes > best.bytes && amount > 0) {
        best = unit;
      }
    }
    return amount / best.bytes + " " + best.symbol;
  }
}
