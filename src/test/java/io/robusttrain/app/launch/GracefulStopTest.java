package io.robusttrain.app.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GracefulStopTest {
  /** After an hour, or at once. */
  @ParameterizedTest
  @ValueSource(strings = {"PT1H", "PT0S"})
  void aHookThatIsInterruptedOrFailsClosesTheGateAllTheSame(String grace) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                InterruptedShutdown.class.getName(),
                grace)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(said.strip()).isEqualTo("this process is ending: no more native code is begun");
  }
}
