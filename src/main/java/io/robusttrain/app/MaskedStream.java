package io.robusttrain.app;

import io.robusttrain.config.Secrets;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A screen that shows no secrets. What is printed in one call is judged as one text. */
final class MaskedStream extends PrintStream {
  MaskedStream(PrintStream screen) {
    super(screen, true, StandardCharsets.UTF_8);
  }

  /** All texts, objects and formats come here. */
  @Override
  public void print(String text) {
    super.print(Secrets.masked(text));
  }
}
