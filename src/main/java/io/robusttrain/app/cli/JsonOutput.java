package io.robusttrain.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the option {@code --json} has a result written to as JSON, beside its text. */
public final class JsonOutput {
  private static final String STANDARD_OUTPUT = "-";

  private JsonOutput() {}

  /**
   * Refuses a place that cannot be written to: minutes of measuring must not end there.
   *
   * @param json the option's value; null if it was not given
   */
  public static void requireWritable(String json) {
    if (json == null || json.equals(STANDARD_OUTPUT)) {
      return;
    }
    Path file = Path.of(json).toAbsolutePath();
    Path place = Files.exists(file) ? file : file.getParent();
    if (Files.isDirectory(file) || !Files.isWritable(place)) {
      throw new IllegalArgumentException(
          "--json %s: cannot write there; name a file in an existing, writable folder"
              .formatted(json));
    }
  }

  /**
   * Prints a result: its text, or the object in place of it if {@code json} is {@code -}.
   *
   * @param json the option's value; null if it was not given
   * @param object the result as JSON
   */
  public static void print(String json, String object, String text, PrintWriter out)
      throws IOException {
    boolean alone = STANDARD_OUTPUT.equals(json);
    if (json != null && !alone) {
      Files.writeString(Path.of(json), object + System.lineSeparator());
    }
    out.print(alone ? object + System.lineSeparator() : text);
  }
}
