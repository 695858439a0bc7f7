package io.robusttrain.train.recovery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
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
  private static final Duration FIRST_TIME = Duration.ofMinutes(10);

  private static final Duration SHORTEST = Duration.ofSeconds(60);
  private static final int PATIENCE = 10;
  private static final int WINDOW = 50;

  private final Optional<Duration> fixed;
  private final double largestTask;
  private final double largestStep;
  private final LongSupplier nanos;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private final Deque<Long> stepNanos = new ArrayDeque<>();
  private final Map<String, Long> taskNanos = new HashMap<>();
  private long completedSteps;
  private long validatedUnits;

  /** Something that is watched until it is closed. */
  public interface Watching extends AutoCloseable {
    /** It has ended as it should: the next of its kind may take about as long. */
    void succeeded();

    @Override
    void close();
  }

  /**
   * A watch that watches nothing yet.
   *
   * @param fixed how long nothing may move; absent: from the steps before
   * @param largestTask how many steps' work the largest task outside of the steps is, such as the
   *     validation of all images
   * @param largestStep how many times the work of a step the next one may be, at least 1: an attack
   *     may be guided to more steps
   * @param nanos the time, as {@link System#nanoTime}
   */
  public StallWatch(
      Optional<Duration> fixed, double largestTask, double largestStep, LongSupplier nanos) {
    this.fixed = fixed;
    this.largestTask = largestTask;
    this.largestStep = largestStep;
    this.nanos = nanos;
  }

  private enum Phase {
    STEPS,
    TASK,
    DRIVER
  }

  private final class Frame implements Watching {
    private final Phase phase;
    private final String name;
    private final Consumer<String> abandon;
    private long since = nanos.getAsLong();
    private boolean succeeded;

    Frame(Phase phase, String name, Consumer<String> abandon) {
      this.phase = phase;
      this.name = name;
      this.abandon = abandon;
    }

    @Override
    public void succeeded() {
      succeeded = true;
    }

    @Override
    public void close() {
      synchronized (StallWatch.this) {
        if (phase == Phase.TASK && succeeded) {
          taskNanos.merge(name, nanos.getAsLong() - since, Math::max);
        }
        frames.remove(this);
        if (!frames.isEmpty()) {
          // What lies below has rested meanwhile.
          frames.peek().since = nanos.getAsLong();
        }
      }
    }
  }

  /** The engine begins to run steps, each of which must end in time. */
  public synchronized Watching steps(long firstStep, Consumer<String> abandon) {
    reached(new Progress(firstStep, firstStep == completedSteps ? validatedUnits : 0));
    stepNanos.clear();
    return push(new Frame(Phase.STEPS, "step", abandon));
  }

  /**
   * All workers do something outside of the steps.
   *
   * @param name tasks of the same name take about as long
   */
  public synchronized Watching task(String name, Consumer<String> abandon) {
    return push(new Frame(Phase.TASK, name, abandon));
  }

  /** The driver works between two steps: nothing has to move meanwhile. */
  public synchronized Watching driver() {
    return push(new Frame(Phase.DRIVER, "driver", why -> {}));
  }

  private Frame push(Frame frame) {
    frames.push(frame);
    return frame;
  }

  /** A step has ended. */
  public synchronized void stepDone(long step) {
    long now = nanos.getAsLong();
    reached(new Progress(step + 1, 0));
    Frame frame = frames.peek();
    if (frame != null && frame.phase == Phase.STEPS) {
      stepNanos.addLast(now - frame.since);
      if (stepNanos.size() > WINDOW) {
        stepNanos.removeFirst();
      }
      frame.since = now;
    }
  }

  /** The run has come so far. */
  public synchronized void reached(Progress progress) {
    completedSteps = progress.completedSteps();
    validatedUnits = progress.validatedUnits();
  }

  /** How far the run has come. */
  public synchronized Progress progress() {
    return new Progress(completedSteps, validatedUnits);
  }

  /** Steps of the run that are done. */
  public synchronized long completedSteps() {
    return completedSteps;
  }

  /** What has stood still for too long, and how it is given up. */
  record Stall(String what, Consumer<String> abandon) {
    void end() {
      abandon.accept(what);
    }
  }

  /** Gives up whatever is under way. */
  public void abandon(String why) {
    Optional<Frame> frame;
    synchronized (this) {
      frame = frames.stream().filter(watched -> watched.phase != Phase.DRIVER).findFirst();
    }
    frame.ifPresent(watched -> watched.abandon.accept(why));
  }

  /** What has stood still for too long, if anything has. */
  synchronized Optional<Stall> stall() {
    Frame frame = frames.peek();
    if (frame == null || frame.phase == Phase.DRIVER) {
      return Optional.empty();
    }
    Duration still = Duration.ofNanos(nanos.getAsLong() - frame.since);
    Duration budget = frame.phase == Phase.STEPS ? stepBudget() : taskBudget(frame.name);
    if (still.compareTo(budget) <= 0) {
      return Optional.empty();
    }
    String what =
        frame.phase == Phase.STEPS
            ? "step %d did not end".formatted(completedSteps + 1)
            : "the workers did not finish a task after step %d".formatted(completedSteps);
    return Optional.of(
        new Stall(
            "%s within %d s (recovery.stall-timeout)".formatted(what, budget.toSeconds()),
            frame.abandon));
  }

  private Duration stepBudget() {
    return stepNanos.isEmpty()
        ? longer(FIRST_TIME, fixed.orElse(FIRST_TIME))
        : stepBudget(slowest());
  }

  private Duration taskBudget(String name) {
    Duration estimate = Duration.ofNanos(Math.round(PATIENCE * slowest() * largestTask));
    Long before = taskNanos.get(name);
    if (before != null) {
      // A fixed time is one of steps: a task may be many steps' work. More workers or a quieter
      // machine may have done it before; the steps are those of now.
      return longer(longer(fixed.orElse(SHORTEST), patient(before)), estimate);
    }
    return longer(longer(FIRST_TIME, fixed.orElse(FIRST_TIME)), estimate);
  }

  private long slowest() {
    return stepNanos.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  private Duration stepBudget(long nanosBefore) {
    return fixed.orElse(patient(Math.round(nanosBefore * largestStep)));
  }

  private static Duration patient(long nanosBefore) {
    return longer(SHORTEST, Duration.ofNanos(nanosBefore).multipliedBy(PATIENCE));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
