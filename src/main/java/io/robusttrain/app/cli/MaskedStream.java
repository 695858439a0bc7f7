package io.robusttrain.app.cli;

import com.google.errorprone.annotations.FormatMethod;
import io.robusttrain.base.Secrets;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A screen that shows no secrets. What is printed in one call is judged as one text. */
public final class MaskedStream extends PrintStream {
  public MaskedStream(PrintStream screen) {
    super(screen, true, StandardCharsets.UTF_8);
  }

  @FormatMethod
  @Override
  public PrintStream format(String format, Object... arguments) {
    print(String.format(format, arguments));
    return this;
  }

  @FormatMethod
  @Override
  public PrintStream format(Locale locale, String format, Object... arguments) {
    print(String.format(locale, format, arguments));
    return this;
  }

  /** All texts, objects and formats come here. */
  @Override
  public void print(String text) {
    super.print(Secrets.masked(text));
  }
}
