package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A driver that runs out of memory in a thread which nobody waits for. */
class OutOfHeapTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<Integer> codes = new ArrayList<>();
  private final OutOfHeap handler =
      new OutOfHeap(new PrintStream(err, true, UTF_8), code -> codes.add(code));

  /** A driver that waits for a result, and the thread that was to take it. */
  static final class Driver {
    private static Object held;

    private Driver() {}

    /** Never returns by itself. */
    public static void main(String[] arguments) throws InterruptedException {
      OutOfHeap.endsProcess();
      Thread taker =
          new Thread(
              () -> {
                while (true) {
                  held = new Object[] {held, new long[1 << 20]};
                }
              },
              "task-result-getter-0");
      taker.start();
      new CountDownLatch(1).await();
    }
  }

  @Test
  void theProcessEndsWithinSecondsAndSaysWhatToRaise() throws Exception {
    Process driver =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseParallelGC",
                "-cp",
                System.getProperty("java.class.path"),
                Driver.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      String text = new String(driver.getInputStream().readAllBytes(), UTF_8);
      assertThat(driver.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(driver.exitValue()).as(text).isEqualTo(1);
      assertThat(text)
          .contains(
              "error: the driver has no memory left, seen in its thread task-result-getter-0"
                  + " (Java heap space): raise --driver-memory (spark.driver.memory)");
    } finally {
      driver.destroyForcibly();
    }
  }

  @Test
  void anotherFailureOfAThreadEndsTheThreadAlone() {
    Thread thread = new Thread(() -> {}, "some-thread");
    handler.uncaughtException(thread, new IllegalStateException("broken"));
    assertThat(codes).isEmpty();
    assertThat(err.toString(UTF_8))
        .startsWith("Exception in thread \"some-thread\" java.lang.IllegalStateException: broken")
        .contains("\tat ");
    handler.uncaughtException(thread, new OutOfMemoryError("Metaspace"));
    assertThat(codes).containsExactly(1);
    assertThat(err.toString(UTF_8)).contains("(Metaspace): this is memory beside the heap");
  }
}
