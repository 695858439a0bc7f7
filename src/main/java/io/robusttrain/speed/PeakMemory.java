package io.robusttrain.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/** The largest resident memory that this process has had, Java heap included. */
public final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String KEY = "VmHWM:";

  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /** What the kernel takes as the order to forget the largest resident memory. */
  private static final String RESET = "5";

  private PeakMemory() {}

  /**
   * Forgets the largest resident memory so far, after giving back what is free.
   *
   * @throws IOException if this kernel does not let a process do so
   */
  public static void reset() throws IOException {
    System.gc();
    Pointer.trimMemory();
    Files.writeString(CLEAR, RESET);
  }

  /** In bytes, as the Linux kernel counts it. */
  static long bytes() throws IOException {
    return bytes(Files.readAllLines(STATUS));
  }

  static long bytes(List<String> status) {
    for (String line : status) {
      if (line.startsWith(KEY)) {
        String[] words = line.substring(KEY.length()).trim().split("\\s+", -1);
        return Long.parseLong(words[0]) * 1024;
      }
    }
    throw new IllegalStateException(STATUS + " has no line " + KEY);
  }
}
