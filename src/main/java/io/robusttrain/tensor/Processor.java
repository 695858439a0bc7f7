package io.robusttrain.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The processor of this host, as Linux names it.
 *
 * @param vendor as the processor says it, for instance {@code GenuineIntel}; empty if unknown
 * @param flags the instructions that it has, for instance {@code avx2}; empty if unknown
 * @param tellsCaches whether it says what caches it has, which some virtual machines hide
 */
public record Processor(String vendor, Set<String> flags, boolean tellsCaches) {
  private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");
  private static final Path FIRST_CACHE = Path.of("/sys/devices/system/cpu/cpu0/cache/index0");

  /** Read once: the description lists each core of a host. */
  private static volatile Processor here;

  public Processor {
    flags = Set.copyOf(flags);
  }

  /**
   * This host's processor.
   *
   * @throws UncheckedIOException if there is none, as on other systems than Linux
   */
  public static Processor here() {
    Processor known = here;
    if (known == null) {
      known = read();
      here = known;
    }
    return known;
  }

  private static Processor read() {
    try {
      return of(Files.readAllLines(DESCRIPTION), Files.exists(FIRST_CACHE));
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read " + DESCRIPTION, failed);
    }
  }

  static Processor of(List<String> description, boolean tellsCaches) {
    String flags = value(description, "flags");
    return new Processor(
        value(description, "vendor_id"),
        flags.isEmpty() ? Set.of() : Set.copyOf(List.of(flags.split("\\s+", -1))),
        tellsCaches);
  }

  private static String value(List<String> description, String name) {
    return description.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("");
  }

  /** Whether it computes on 512 bits at a time with all that such kernels ask for. */
  boolean hasAvx512() {
    return flags.containsAll(Set.of("avx512f", "avx512cd", "avx512dq", "avx512bw", "avx512vl"));
  }
}
