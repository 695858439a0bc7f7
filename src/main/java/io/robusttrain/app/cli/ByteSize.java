package io.robusttrain.app.cli;

import io.robusttrain.base.ByteUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes on a command line: {@code 256MB}, {@code 16 MB}, {@code 1GB}, {@code 4096}. */
public record ByteSize(long bytes) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12}) ?(?:([KMG])B|B?)");

  /** Reads a size; its units are powers of 1024. */
  public static ByteSize parse(String text) {
    Matcher form = FORM.matcher(text.trim().toUpperCase(Locale.ROOT));
    if (!form.matches()) {
      throw new TypeConversionException("'" + text + "' is not a size such as 256MB or 1GB");
    }
    // A bare letter is a power of 1024.
    String letter = form.group(2) == null ? "" : form.group(2);
    long unit = ByteUnit.named(letter).orElseThrow();
    return new ByteSize(Math.multiplyExact(Long.parseLong(form.group(1)), unit));
  }
}
