package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTailTest {
  @TempDir private Path folder;

  @Test
  void countsTheStepsThatAreDoneAgain() throws IOException {
    MetricsTail tail = new MetricsTail(folder.resolve("metrics.jsonl"));
    assertThat(tail.poll()).isFalse();
    assertThat(tail.step()).isEqualTo(-1);
    write(steps(20));
    assertThat(tail.poll()).isTrue();
    assertThat(tail.poll()).as("nothing new").isFalse();
    assertThat(tail.step()).isEqualTo(19);
    write(steps(16));
    assertThat(tail.poll()).as("taken back").isFalse();
    assertThat(tail.stepsLost()).isEqualTo(4);
    assertThat(tail.returns()).isEqualTo(1);
    write(steps(17));
    assertThat(tail.poll()).as("done again").isFalse();
    write(steps(21));
    assertThat(tail.poll()).isTrue();
    assertThat(tail.longestStall()).isPositive();
  }

  @Test
  void tellsAnEpochThatIsDoneAndIgnoresALineThatIsBeingWritten() throws IOException {
    MetricsTail tail = new MetricsTail(folder.resolve("metrics.jsonl"));
    write(steps(16));
    tail.poll();
    assertThat(tail.afterEpoch()).isFalse();
    write(steps(16) + "{\"kind\":\"epoch\",\"epoch\":0}\n");
    tail.poll();
    assertThat(tail.afterEpoch()).isTrue();
    write(steps(16) + "{\"kind\":\"epoch\",\"epoch\":0}\n{\"kind\":\"step\",\"epo");
    tail.poll();
    assertThat(tail.step()).isEqualTo(15);
  }

  private static String steps(long count) {
    return LongStream.range(0, count)
        .mapToObj("{\"kind\":\"step\",\"epoch\":0,\"step\":%d,\"loss\":2.3}%n"::formatted)
        .collect(Collectors.joining());
  }

  private void write(String text) throws IOException {
    Files.writeString(folder.resolve("metrics.jsonl"), text);
  }
}
