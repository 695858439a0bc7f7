package io.robusttrain.app;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes on a command line: {@code 256MB}, {@code 16 MB}, {@code 1GB}, {@code 4096}. */
record ByteSize(long bytes) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12}) ?(|B|KB|MB|GB)");

  /** Units are powers of 1024. */
  static ByteSize parse(String text) {
    Matcher form = FORM.matcher(text.trim().toUpperCase(Locale.ROOT));
    if (!form.matches()) {
      throw new TypeConversionException("'" + text + "' is not a size such as 256MB or 1GB");
    }
    int shift =
        switch (form.group(2)) {
          case "KB" -> 10;
          case "MB" -> 20;
          case "GB" -> 30;
          default -> 0;
        };
    return new ByteSize(Math.multiplyExact(Long.parseLong(form.group(1)), 1L << shift));
  }
}
