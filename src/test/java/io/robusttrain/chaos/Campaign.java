package io.robusttrain.chaos;

import io.robusttrain.chaos.Fault.Moment;
import io.robusttrain.chaos.Fault.Target;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Kills executors and drivers of a tiny training on a standalone cluster, at moments that a seed
 * draws, and compares each run with one that nobody disturbed. Prints the rows of the table in
 * {@code docs/reliability.md}; exits with 1 if a run did not finish or its result differs.
 */
@Command(
    name = "campaign.sh",
    description = "Kills executors and drivers, and compares with an undisturbed run.",
    mixinStandardHelpOptions = true)
final class Campaign implements Callable<Integer> {
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);
  private static final Duration MOST_PAUSE = Duration.ofSeconds(8);
  private static final int MOST_RUNS = 10;
  private static final double SAME = 1e-5;

  @Option(names = "--folder", required = true, description = "for data, runs and logs")
  private Path folder;

  @Option(names = "--executor-kills", defaultValue = "20", description = "default: 20")
  private int executorKills;

  @Option(names = "--driver-kills", defaultValue = "10", description = "default: 10")
  private int driverKills;

  @Option(names = "--epochs", defaultValue = "15", description = "of 16 steps; default: 15")
  private int epochs;

  @Option(names = "--seed", defaultValue = "1", description = "of the faults; default: 1")
  private long seed;

  @Option(names = "--set", description = "a setting of the runs, as in checkpoint.every-steps=5")
  private List<String> settings = List.of();

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  /** One row of the table, over all runs with this fault. */
  private static final class Row {
    final String fault;
    long injected;
    int runs;
    int finished;
    long stepsLost;
    double difference;
    Duration longestStall = Duration.ZERO;

    Row(String fault) {
      this.fault = fault;
    }

    boolean good() {
      return finished == runs && difference <= SAME;
    }

    String markdown() {
      return String.format(
          Locale.ROOT,
          "| %s | %d | %d of %d | %d | %s | %.1f s |",
          fault,
          injected,
          finished,
          runs,
          stepsLost,
          finished == 0
              ? "none to compare"
              : difference == 0 ? "yes, bit for bit" : String.format("%.1e", difference),
          longestStall.toMillis() / 1e3);
    }
  }

  private Campaign() {}

  /** See {@code src/test/scripts/campaign.sh --help}. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Campaign()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    TinyTask task = TinyTask.in(folder.toAbsolutePath());
    long started = System.nanoTime();
    Row undisturbed = new Row("none");
    disturb(task, "undisturbed", new ArrayDeque<>(), undisturbed);
    Row executors = campaign(task, "executor", "executor SIGKILL", executorFaults());
    Row drivers = campaign(task, "driver", "driver SIGKILL, same run id again", driverFaults());
    out.println("| fault | injected | runs finished | steps lost | result equal | longest stall |");
    out.println("|---|---|---|---|---|---|");
    List<Row> rows = List.of(undisturbed, executors, drivers);
    rows.forEach(row -> out.println(row.markdown()));
    out.printf(
        Locale.ROOT,
        "seed %d, %d steps a run, %d cores, %.0f s in all%n",
        seed,
        epochs * TinyTask.STEPS_PER_EPOCH,
        Runtime.getRuntime().availableProcessors(),
        (System.nanoTime() - started) / 1e9);
    return rows.stream().allMatch(Row::good) ? 0 : 1;
  }

  /** As many runs as it takes until every fault is injected. */
  private Row campaign(TinyTask task, String name, String fault, Deque<Fault> faults)
      throws Exception {
    Row row = new Row(fault);
    for (int run = 1; !faults.isEmpty() && row.finished == run - 1 && run <= MOST_RUNS; run++) {
      disturb(task, name + "-" + run, faults, row);
    }
    return row;
  }

  private void disturb(TinyTask task, String id, Deque<Fault> faults, Row row) throws Exception {
    MetricsTail tail = new MetricsTail(task.run(id).resolve("metrics.jsonl"));
    DisturbedRun run =
        new DisturbedRun(() -> task.onTwoExecutors(id, epochs, settings), tail, faults, draws(id));
    DisturbedRun.Outcome outcome = run.run(LONGEST_PAUSE);
    row.runs++;
    row.injected += outcome.injected();
    row.stepsLost = Math.max(row.stepsLost, outcome.stepsLost());
    row.longestStall =
        outcome.longestStall().compareTo(row.longestStall) > 0
            ? outcome.longestStall()
            : row.longestStall;
    out.printf("%s: exit code %d, %s%n", id, outcome.code(), summary(outcome));
    if (outcome.code() == 0) {
      row.finished++;
      row.difference =
          Math.max(row.difference, Comparison.of(task.run("undisturbed"), task.run(id)).largest());
    } else {
      out.println(outcome.text().indent(4));
    }
  }

  private static String summary(DisturbedRun.Outcome outcome) {
    return String.format(
        Locale.ROOT,
        "%d killed, went back %d times, %d steps lost, longest stall %.1f s",
        outcome.injected(),
        outcome.returns(),
        outcome.stepsLost(),
        outcome.longestStall().toMillis() / 1e3);
  }

  /**
   * Of ten kills: four anywhere, two in validation, two in checkpointing, two on top of another.
   */
  private Deque<Fault> executorFaults() {
    List<Moment> moments =
        List.of(
            Moment.ANY,
            Moment.VALIDATION,
            Moment.ANY,
            Moment.CHECKPOINT,
            Moment.ANY,
            Moment.RECOVERY,
            Moment.VALIDATION,
            Moment.ANY,
            Moment.CHECKPOINT,
            Moment.RECOVERY);
    RandomGenerator random = draws("executor faults");
    Deque<Fault> faults = new ArrayDeque<>();
    for (int i = 0; i < executorKills; i++) {
      faults.add(
          Fault.random(
              Target.EXECUTOR, moments.get(i % moments.size()), LEAST_PAUSE, MOST_PAUSE, random));
    }
    return faults;
  }

  private Deque<Fault> driverFaults() {
    List<Moment> moments =
        Arrays.asList(Moment.ANY, Moment.CHECKPOINT, Moment.ANY, Moment.VALIDATION, Moment.ANY);
    RandomGenerator random = draws("driver faults");
    Deque<Fault> faults = new ArrayDeque<>();
    for (int i = 0; i < driverKills; i++) {
      faults.add(
          Fault.random(
              Target.DRIVER, moments.get(i % moments.size()), LEAST_PAUSE, MOST_PAUSE, random));
    }
    return faults;
  }

  /** Draws of their own for each purpose, so that one does not move the other's. */
  private RandomGenerator draws(String purpose) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + purpose.hashCode());
  }
}
