package io.robusttrain.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.train.worker.SoakRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Five hundred training steps hold no more than the first hundred. */
@Tag("slow")
class SoakTest {
  private static final int STEPS = 500;
  private static final int WARM = 100;
  private static final int EVERY = 50;
  private static final double DRIFT = 0.02;

  private record Held(int step, long handles, long bytes) {}

  /**
   * What the process holds beyond training is fixed, so that all growth is training's: the heap is
   * committed and touched at the start, and only the first compiler runs, because the optimising
   * one keeps tens of megabytes of working memory whenever it happens to have run.
   */
  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void residentMemoryIsFlatAndLiveHandlesAreConstant() throws Exception {
    List<Held> samples = train();
    assertThat(samples).hasSize(STEPS / EVERY);
    List<Held> after = samples.stream().filter(held -> held.step() >= WARM).toList();
    Held warm = after.get(0);
    assertThat(after).allSatisfy(held -> assertThat(held.handles()).isEqualTo(warm.handles()));
    assertThat(after)
        .allSatisfy(
            held ->
                assertThat((double) held.bytes()).isLessThan((1 + DRIFT) * (double) warm.bytes()));
  }

  private static List<Held> train() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("spark-submit", "jvm.options"),
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                SoakRun.class.getName(),
                Integer.toString(STEPS),
                Integer.toString(EVERY))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as(text).isZero();
      return text.lines().map(SoakTest::held).toList();
    } finally {
      process.destroyForcibly();
    }
  }

  private static Held held(String line) {
    String[] words = line.split(" ", -1);
    return new Held(Integer.parseInt(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
  }
}
