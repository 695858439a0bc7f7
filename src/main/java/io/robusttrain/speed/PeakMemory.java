package io.robusttrain.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The largest resident memory that this process has had, Java heap included. */
final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String KEY = "VmHWM:";

  private PeakMemory() {}

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
