package io.robusttrain.chaos;

import io.robusttrain.chaos.JvmProcess.Role;
import io.robusttrain.waiting.Waiting;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains, validates and writes checkpoints on a standalone cluster for some time, while executors
 * are killed again and again, and prints what driver and executors held meanwhile. At the end the
 * driver gets a SIGTERM, as from a scheduler that wants its machine back. The executor that has
 * lived longest is spared, so that its memory is seen over the whole time.
 */
@Command(
    name = "soak.sh",
    description =
        "Trains for minutes while executors are killed, and prints what the processes hold.",
    mixinStandardHelpOptions = true)
final class Soak implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration SAMPLE_EVERY = Duration.ofSeconds(5);
  private static final Duration LONGEST_END = Duration.ofMinutes(10);
  private static final int ENDLESS_EPOCHS = 100_000;
  private static final int TERMINATED = 128 + 15;
  private static final int HANGING_SECONDS = 120;

  @Option(names = "--folder", required = true, description = "for data, run and logs")
  private Path folder;

  @Option(names = "--minutes", defaultValue = "30", description = "of training; default: 30")
  private double minutes;

  @Option(names = "--kill-every", defaultValue = "60", description = "seconds; default: 60")
  private double killEvery;

  @Option(names = "--seed", defaultValue = "1", description = "of the kills; default: 1")
  private long seed;

  @Option(names = "--set", description = "a setting of the run, as in checkpoint.every-steps=5")
  private List<String> settings = List.of();

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private int kills;
  private long samples;

  private Soak() {}

  /** See {@code src/test/scripts/soak.sh --help}. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Soak()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    TinyTask task = TinyTask.in(folder.toAbsolutePath());
    Path directory = task.run("soak");
    MetricsTail tail = new MetricsTail(directory.resolve("metrics.jsonl"));
    SoakSamples held = new SoakSamples();
    try (LiveRun run = task.onTwoExecutors("soak", ENDLESS_EPOCHS, settings)) {
      Waiting.until("first step", run, tail::poll);
      soak(run, tail, held);
      for (JvmProcess driver : run.processes(Role.DRIVER)) {
        driver.signal("TERM");
      }
      int code = run.await(LONGEST_END);
      SoakReport report =
          new SoakReport(directory, held, tail, kills, code, Duration.ofSeconds((long) seconds()));
      out.print(report.markdown());
      if (code != TERMINATED) {
        out.println(run.text().indent(4));
      }
      return code == TERMINATED && tail.longestStall().toSeconds() < HANGING_SECONDS ? 0 : 1;
    }
  }

  private void soak(LiveRun run, MetricsTail tail, SoakSamples held) throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    long started = System.nanoTime();
    double nextKill = pause(random);
    for (double now = 0; now < seconds(); now = (System.nanoTime() - started) / 1e9) {
      if (run.endsWithin(LOOK_EVERY)) {
        throw new AssertionError("the run ended after " + now + " s:\n" + run.text());
      }
      tail.poll();
      if (now >= samples * SAMPLE_EVERY.toSeconds()) {
        samples++;
        held.add(now, run);
      }
      if (now >= nextKill && killYoungest(run)) {
        nextKill = now + pause(random);
      }
    }
  }

  /** Half to one and a half of the time between two kills. */
  private double pause(RandomGenerator random) {
    return killEvery * random.nextDouble(0.5, 1.5);
  }

  private boolean killYoungest(LiveRun run) throws Exception {
    List<JvmProcess> executors = run.processes(Role.EXECUTOR);
    if (executors.size() < 2) {
      return false;
    }
    executors.get(executors.size() - 1).signal("KILL");
    kills++;
    return true;
  }

  private double seconds() {
    return 60 * minutes;
  }
}
