package io.robusttrain.data.prep.source;

/** Random numbers from explicit keys: the same on every machine, in every order of calls. */
public final class Keys {
  private Keys() {}

  /**
   * A well-mixed 64-bit number of a seed and a text (FNV-1a, then the finaliser of MurmurHash3).
   */
  public static long hash(long seed, String text) {
    long h = 0xcbf29ce484222325L ^ mix(seed);
    for (int i = 0; i < text.length(); i++) {
      h = (h ^ text.charAt(i)) * 0x100000001b3L;
    }
    return mix(h);
  }

  /** MurmurHash3's 64-bit finaliser, a bijection. */
  public static long mix(long value) {
    long h = value + 0x9e3779b97f4a7c15L;
    h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
    h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }

  /** A number in [0, 1) from the upper 53 bits. */
  public static double unit(long hash) {
    return (hash >>> 11) * 0x1.0p-53;
  }
}
