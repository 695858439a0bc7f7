package io.robusttrain.train.recovery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Knows what must move now, and for how long it may stand still. What it watches is nested: a run
 * of steps rests while the driver works between two of them, and that work may ask the workers
 * something. Thread-safe.
 */
public final class StallWatch {
  /** Native libraries are unpacked, caches filled, and the first batch is decoded. */
  private static final Duration BEFORE_FIRST_STEP = Duration.ofMinutes(10);

  private static final Duration SHORTEST = Duration.ofSeconds(60);
  private static final int PATIENCE = 10;
  private static final int WINDOW = 50;

  private final Optional<Duration> fixed;
  private final LongSupplier nanos;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private final Deque<Long> stepNanos = new ArrayDeque<>();
  private long completedSteps;
  private long longestTask;

  /** Something that is watched until it is closed. */
  public interface Watching extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * A watch.
   *
   * @param fixed how long nothing may move; absent: from the steps before
   * @param nanos the time, as {@link System#nanoTime}
   */
  public StallWatch(Optional<Duration> fixed, LongSupplier nanos) {
    this.fixed = fixed;
    this.nanos = nanos;
  }

  private enum Phase {
    STEPS,
    TASK,
    DRIVER
  }

  private final class Frame implements Watching {
    private final Phase phase;
    private final Consumer<String> abandon;
    private long since = nanos.getAsLong();

    Frame(Phase phase, Consumer<String> abandon) {
      this.phase = phase;
      this.abandon = abandon;
    }

    @Override
    public void close() {
      synchronized (StallWatch.this) {
        if (phase == Phase.TASK) {
          longestTask = Math.max(longestTask, nanos.getAsLong() - since);
        }
        frames.remove(this);
        if (!frames.isEmpty()) {
          // What lies below has rested meanwhile.
          frames.peek().since = nanos.getAsLong();
        }
      }
    }
  }

  /** Steps begin. */
  public synchronized Watching steps(long firstStep, Consumer<String> abandon) {
    completedSteps = firstStep;
    stepNanos.clear();
    return push(new Frame(Phase.STEPS, abandon));
  }

  /** All workers do something outside of the steps. */
  public synchronized Watching task(Consumer<String> abandon) {
    return push(new Frame(Phase.TASK, abandon));
  }

  /** The driver works alone. */
  public synchronized Watching driver() {
    return push(new Frame(Phase.DRIVER, why -> {}));
  }

  private Frame push(Frame frame) {
    frames.push(frame);
    return frame;
  }

  /** A step has ended. */
  public synchronized void stepDone(long step) {
    long now = nanos.getAsLong();
    completedSteps = step + 1;
    Frame frame = frames.peek();
    if (frame != null && frame.phase == Phase.STEPS) {
      stepNanos.addLast(now - frame.since);
      if (stepNanos.size() > WINDOW) {
        stepNanos.removeFirst();
      }
      frame.since = now;
    }
  }

  /** Steps of the run that are done. */
  public synchronized long completedSteps() {
    return completedSteps;
  }

  /** A stall. */
  record Stall(String what, Consumer<String> abandon) {
    /** Gives up what stands still. */
    void end() {
      abandon.accept(what);
    }
  }

  /** What has stood still for too long, if anything has. */
  synchronized Optional<Stall> stall() {
    Frame frame = frames.peek();
    if (frame == null || frame.phase == Phase.DRIVER) {
      return Optional.empty();
    }
    Duration still = Duration.ofNanos(nanos.getAsLong() - frame.since);
    Duration budget = frame.phase == Phase.STEPS ? stepBudget() : taskBudget();
    if (still.compareTo(budget) <= 0) {
      return Optional.empty();
    }
    String what = frame.phase == Phase.STEPS ? "step " + (completedSteps + 1) : "a task of all workers";
    return Optional.of(
        new Stall(
            "%s did not end within %d s (recovery.stall-timeout)"
                .formatted(what, budget.toSeconds()),
            frame.abandon));
  }

  private Duration stepBudget() {
    if (stepNanos.isEmpty()) {
      return fixed.map(own -> longer(own, BEFORE_FIRST_STEP)).orElse(BEFORE_FIRST_STEP);
    }
    long slowest = stepNanos.stream().mapToLong(Long::longValue).max().orElseThrow();
    return fixed.orElse(longer(SHORTEST, Duration.ofNanos(slowest).multipliedBy(PATIENCE)));
  }

  private Duration taskBudget() {
    return longer(BEFORE_FIRST_STEP, Duration.ofNanos(longestTask).multipliedBy(PATIENCE));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
