package io.robusttrain.train.recovery;

import io.robusttrain.config.RecoveryConfig;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.report.Alarm;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Brings a run to its end over losses of executors and stalls. Used from one thread. */
public final class Recovery {
  private final RecoveryConfig config;
  private final RunControl control;
  private final PrintStream screen;
  private final Supplier<Progress> progress;

  /**
   * One try to bring the run to its end, from its newest checkpoint.
   *
   * @param <R> what the run comes to
   */
  @FunctionalInterface
  public interface Attempt<R> {
    /**
     * Trains to the end.
     *
     * @param incident what ended the attempt before, if there was one
     */
    R run(Optional<Incident> incident) throws IOException;
  }

  /**
   * Brings one run to its end.
   *
   * @param config how often it may go on
   * @param control a run that was asked to end does not go on
   * @param progress how far the run has come at any moment
   * @param screen gets a line for each loss
   */
  public Recovery(
      RecoveryConfig config, RunControl control, Supplier<Progress> progress, PrintStream screen) {
    this.config = config;
    this.control = control;
    this.screen = screen;
    this.progress = progress;
  }

  /**
   * Tries until an attempt has trained to the end.
   *
   * @throws EngineOutage if the run was asked to end and could not end its step
   * @throws RecoveryException if attempts are used up; the first cause comes first
   * @throws RuntimeException what guards, wrong data or a wrong configuration ended the run with,
   *     however often it was disturbed before; those disturbances are suppressed exceptions
   */
  public <R> R train(Attempt<R> attempt) throws IOException {
    AttemptPolicy policy = new AttemptPolicy(config.maxAttempts());
    Optional<Incident> incident = Optional.empty();
    while (true) {
      try {
        return attempt.run(incident);
      } catch (RuntimeException failure) {
        if (control.requested()) {
          throw failure;
        }
        Progress reached = progress.get();
        long steps = reached.completedSteps();
        long now = System.nanoTime();
        if (!policy.goesOnAfter(failure, reached)) {
          throw end(policy, failure);
        }
        incident =
            Optional.of(
                new Incident(kind(failure), RecoveryException.firstLine(failure), steps, now));
        tell(policy, failure, steps);
      }
    }
  }

  private void tell(AttemptPolicy policy, RuntimeException failure, long steps) {
    String what = RecoveryException.firstLine(failure);
    if (AttemptPolicy.grows(failure)) {
      screen.printf("%s after step %d; going on with them ...%n", what, steps);
    } else {
      screen.printf(
          "%s after step %d; attempt %d of %d to go on ...%n",
          what, steps, policy.fruitless(), config.maxAttempts());
    }
  }

  private RuntimeException end(AttemptPolicy policy, RuntimeException failure) {
    List<RuntimeException> failures = policy.failures();
    boolean alone = failures.size() == 1 && !(failure instanceof EngineOutage);
    if (!alone && !AttemptPolicy.isFinal(failure)) {
      return new RecoveryException(failures);
    }
    failures.stream().filter(before -> before != failure).forEach(failure::addSuppressed);
    return failure;
  }

  private static Alarm.Kind kind(RuntimeException failure) {
    if (AttemptPolicy.grows(failure)) {
      return Alarm.Kind.EXECUTORS_JOINED;
    }
    return failure instanceof EngineOutage outage && outage.kind() == EngineOutage.Kind.STALLED
        ? Alarm.Kind.STALLED
        : Alarm.Kind.EXECUTOR_LOST;
  }
}
