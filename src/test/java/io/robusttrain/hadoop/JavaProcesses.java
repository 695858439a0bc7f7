package io.robusttrain.hadoop;

import java.util.Arrays;
import java.util.List;

/** Finds Java processes of this machine by what stands in their command lines. */
public final class JavaProcesses {
  private JavaProcesses() {}

  /** Those whose command line has all these parts. */
  public static List<ProcessHandle> with(String... parts) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().command().orElse("").endsWith("/java"))
        .filter(process -> hasAll(process, parts))
        .toList();
  }

  /** The one whose command line has all these parts. */
  public static ProcessHandle theOneWith(String... parts) {
    List<ProcessHandle> found = with(parts);
    if (found.size() != 1) {
      throw new AssertionError(
          "%d processes with %s: %s".formatted(found.size(), Arrays.toString(parts), found));
    }
    return found.get(0);
  }

  private static boolean hasAll(ProcessHandle process, String... parts) {
    List<String> command = Arrays.asList(process.info().arguments().orElse(new String[0]));
    String line = String.join(" ", command);
    return Arrays.stream(parts).allMatch(line::contains);
  }
}
