package io.robusttrain.engine;

/**
 * What an engine tells the driver while it runs, and what it asks. All calls come from the thread
 * that called {@link TrainingEngine#run}.
 */
public interface StepObserver {
  /** A step has ended; reports come in order, at most one step late. */
  void onStep(StepReport report);

  /** Whether the engine must pause after this step, with all its reports delivered. */
  boolean pausesAfter(long step);

  /**
   * The engine rests between two steps: {@link TrainingEngine#weights} and {@link
   * TrainingEngine#onEveryWorker} may be called.
   *
   * @param completedSteps steps done since the beginning of the run
   */
  void onPause(long completedSteps);

  /**
   * The process of a worker was told to end. It waits a while for what it holds to be saved; asked
   * for before {@link #pausesAfter} of the step in which it became known.
   *
   * @param executor its name and place
   */
  default void onDeparture(String executor) {}

  /**
   * Whether the run shall end now although steps are left; asked after each call of the other
   * methods. Steps that are computed but not reported yet are then never reported.
   */
  default boolean wantsEnd() {
    return false;
  }
}
