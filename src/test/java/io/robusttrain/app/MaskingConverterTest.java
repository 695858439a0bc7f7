package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationFactory;
import org.apache.logging.log4j.core.config.DefaultConfiguration;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

/** What log4j makes of an event with the settings that the launchers give it. */
class MaskingConverterTest {
  @Test
  void messagesAndStackTracesAreWrittenWithoutSecrets() {
    Throwable cause = new IllegalStateException("cannot reach s3a://AKIA:pl4nted@bucket/data");
    String text = line("fs.s3a.secret.key=pl4nted", new RuntimeException("failed", cause));
    assertThat(text)
        .doesNotContain("pl4nted")
        .contains("WARN  Place: fs.s3a.secret.key=******\n")
        .contains("java.lang.RuntimeException: failed\n\tat ")
        .contains("Caused by: java.lang.IllegalStateException: cannot reach s3a://******@bucket");
  }

  @Test
  void aLineWithoutSecretsIsAsItWouldBe() {
    assertThat(line("step 3 of 5", null)).endsWith(" WARN  Place: step 3 of 5\n");
  }

  @Test
  void withoutAPatternNothingWouldBeMasked() {
    assertThatThrownBy(
            () -> MaskingConverter.newInstance(new DefaultConfiguration(), new String[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("%masked needs a pattern in braces, as in %masked{%m%n%ex}");
  }

  private static String line(String message, Throwable thrown) {
    LogEvent event =
        Log4jLogEvent.newBuilder()
            .setLoggerName("some.Place")
            .setLevel(Level.WARN)
            .setMessage(new SimpleMessage(message))
            .setThrown(thrown)
            .build();
    Path file = Path.of("spark-submit", "spark-home", "conf", "log4j2.properties");
    LoggerContext context = new LoggerContext("masking");
    try {
      Configuration configuration =
          ConfigurationFactory.getInstance()
              .getConfiguration(context, "masking", file.toUri(), null);
      configuration.initialize();
      return configuration.getAppender("stderr").getLayout().toSerializable(event).toString();
    } finally {
      context.stop();
    }
  }
}
