package io.robusttrain.chaos;

import io.robusttrain.chaos.Fault.Moment;
import io.robusttrain.chaos.Fault.Target;
import io.robusttrain.chaos.JvmProcess.Role;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/**
 * Drives one run to its end while faults are done to it, one after the other: the next one waits
 * until the run is further than before the last, because a run that gets nowhere gives up after
 * {@code recovery.max-attempts}. A killed driver is submitted again.
 */
final class DisturbedRun {
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final int KILLED = 128 + 9;

  private final Callable<LiveRun> submit;
  private final MetricsTail tail;
  private final RandomGenerator random;
  private final Deque<Fault> faults;
  private long injected;
  private long armedAt;
  private long furtherAt;
  private boolean armed;
  private boolean driverKilled;

  /**
   * What happened.
   *
   * @param code exit code of the last submission
   * @param injected processes killed
   * @param returns how often the run went back to a checkpoint
   * @param stepsLost the largest number of steps done again at a time
   * @param longestStall the longest time between two steps
   * @param text what the last submission printed
   */
  record Outcome(
      int code, long injected, int returns, long stepsLost, Duration longestStall, String text) {}

  /**
   * A run.
   *
   * @param submit starts it, or starts it again under the same id
   * @param tail watches its metrics
   * @param faults in their order; those that are left when the run ends stay in it
   * @param random chooses among executors
   */
  DisturbedRun(
      Callable<LiveRun> submit, MetricsTail tail, Deque<Fault> faults, RandomGenerator random) {
    this.submit = submit;
    this.tail = tail;
    this.faults = faults;
    this.random = random;
  }

  /** An undisturbed one. */
  static DisturbedRun undisturbed(Callable<LiveRun> submit, MetricsTail tail) {
    return new DisturbedRun(submit, tail, new ArrayDeque<>(), RandomGenerator.getDefault());
  }

  /**
   * Runs to the end.
   *
   * @param longest the time without getting further after which the run counts as hanging
   * @throws AssertionError if it hangs
   */
  Outcome run(Duration longest) throws Exception {
    furtherAt = System.nanoTime();
    while (true) {
      driverKilled = false;
      try (LiveRun run = submit.call()) {
        while (!run.endsWithin(LOOK_EVERY)) {
          if (System.nanoTime() - furtherAt > longest.toNanos()) {
            throw new AssertionError(
                "not further for %s, at step %d:%n%s".formatted(longest, tail.step(), run.text()));
          }
          look(run);
        }
        tail.poll();
        int code = run.await();
        if (!driverKilled || code != KILLED) {
          return new Outcome(
              code, injected, tail.returns(), tail.stepsLost(), tail.longestStall(), run.text());
        }
      }
    }
  }

  private void look(LiveRun run) throws IOException, InterruptedException {
    boolean progress = tail.poll();
    if (progress) {
      furtherAt = System.nanoTime();
    }
    Fault next = faults.peek();
    if (next == null || driverKilled) {
      return;
    }
    if (!armed && (progress || (next.moment() == Moment.RECOVERY && injected > 0))) {
      armed = true;
      armedAt = System.nanoTime();
    }
    if (armed
        && System.nanoTime() - armedAt >= next.delay().toNanos()
        && isNow(next.moment())
        && inject(run, next.target())) {
      faults.remove();
      armed = false;
    }
  }

  private boolean isNow(Moment moment) {
    boolean epochDone = (tail.step() + 1) % TinyTask.STEPS_PER_EPOCH == 0 && tail.step() >= 0;
    return switch (moment) {
      case ANY, RECOVERY -> true;
      case VALIDATION -> epochDone && !tail.afterEpoch();
      case CHECKPOINT -> epochDone && tail.afterEpoch();
    };
  }

  /** False where there is nobody to kill just now. */
  private boolean inject(LiveRun run, Target target) throws IOException, InterruptedException {
    Role role = target == Target.DRIVER ? Role.DRIVER : Role.EXECUTOR;
    List<JvmProcess> candidates = run.processes(role);
    if (candidates.isEmpty()) {
      return false;
    }
    List<JvmProcess> victims =
        target == Target.ALL_EXECUTORS
            ? candidates
            : List.of(candidates.get(random.nextInt(candidates.size())));
    for (JvmProcess victim : victims) {
      victim.signal("KILL");
    }
    injected += victims.size();
    driverKilled = target == Target.DRIVER;
    return true;
  }
}
