package io.robusttrain.app;

import io.robusttrain.base.Secrets;
import java.util.List;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.plugins.Plugin;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.core.pattern.ConverterKeys;
import org.apache.logging.log4j.core.pattern.LogEventPatternConverter;
import org.apache.logging.log4j.core.pattern.PatternConverter;
import org.apache.logging.log4j.core.pattern.PatternFormatter;

/**
 * {@code %masked{PATTERN}} in a pattern of log4j2.properties: what PATTERN makes of an event,
 * without secrets, neither in messages nor in stack traces, whoever logs them. A stack trace is
 * written where PATTERN has {@code %ex}, and nowhere else.
 *
 * <p>Thread-safe, as log4j demands.
 */
@Plugin(name = "masked", category = PatternConverter.CATEGORY)
@ConverterKeys("masked")
public final class MaskingConverter extends LogEventPatternConverter {
  private final List<PatternFormatter> pattern;

  private MaskingConverter(List<PatternFormatter> pattern) {
    super("masked", "masked");
    this.pattern = pattern;
  }

  /**
   * The converter of a pattern; log4j finds and calls this method by its name.
   *
   * @param options the pattern in braces
   * @throws IllegalArgumentException if there is none: nothing would be masked
   */
  public static MaskingConverter newInstance(Configuration configuration, String[] options) {
    if (options.length != 1) {
      throw new IllegalArgumentException(
          "%masked needs a pattern in braces, as in %masked{%m%n%ex}");
    }
    return new MaskingConverter(PatternLayout.createPatternParser(configuration).parse(options[0]));
  }

  @Override
  public void format(LogEvent event, StringBuilder output) {
    StringBuilder open = new StringBuilder();
    pattern.forEach(part -> part.format(event, open));
    output.append(Secrets.masked(open.toString()));
  }

  /** True: then log4j appends no stack trace of its own, which nothing would mask. */
  @Override
  public boolean handlesThrowable() {
    return true;
  }
}
