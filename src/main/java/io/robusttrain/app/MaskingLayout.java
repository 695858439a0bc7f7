package io.robusttrain.app;

import io.robusttrain.config.Secrets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.log4j.PatternLayout;
import org.apache.log4j.spi.LoggingEvent;

/**
 * A layout for log4j.properties that writes no secrets: neither in messages nor in stack traces,
 * whoever logs them.
 */
public final class MaskingLayout extends PatternLayout {
  /** Made by log4j, which sets the pattern. */
  public MaskingLayout() {}

  @Override
  public String format(LoggingEvent event) {
    String[] trace = event.getThrowableStrRep();
    String text = super.format(event);
    if (trace != null) {
      text += Arrays.stream(trace).collect(Collectors.joining("\n", "", "\n"));
    }
    return Secrets.masked(text);
  }

  /** False: this layout writes the stack trace itself. */
  @Override
  public boolean ignoresThrowable() {
    return false;
  }
}
