package io.robusttrain.train.recovery;

import java.util.function.IntSupplier;

/**
 * Decides when a run that goes on with fewer workers than planned takes more. It is asked behind a
 * checkpoint, where no step is lost, and agrees only if more workers can share the micro-batches of
 * a step. A run that is disturbed before it has saved anything with more goes on with as many as
 * before; one that is disturbed so, or finds no more when it begins again, lets one checkpoint pass
 * until it tries again, then 3, 7 and so on: an executor that comes and goes does not hold up a run
 * that can do without it. Used from one thread.
 */
public final class Growth {
  private static final int MOST_FAILURES = 20;

  private final int planned;
  private final IntSupplier usable;
  private int before;
  private int target;
  private boolean trying;
  private int failures;
  private int passing;

  /**
   * For a run that has not begun.
   *
   * @param planned how many workers it wants
   * @param usable how many workers the executors that are there now would make
   */
  public Growth(int planned, IntSupplier usable) {
    this.planned = planned;
    this.usable = usable;
    this.target = planned;
  }

  /**
   * Everything that the run has done is in a checkpoint now.
   *
   * @param workers that train
   * @return whether it shall go on with more, {@link #target} of them
   */
  public boolean saved(int workers) {
    if (trying && workers <= before) {
      // Those that were seen took no part.
      failed();
    } else if (trying) {
      trying = false;
      failures = 0;
    }
    if (workers >= planned) {
      return false;
    }
    if (passing > 0) {
      passing--;
      return false;
    }
    int more = usable.getAsInt();
    if (more <= workers) {
      return false;
    }
    trying = true;
    before = workers;
    target = more;
    return true;
  }

  /** Whether the run took more workers and has saved nothing with them yet. */
  public boolean trying() {
    return trying;
  }

  /** With how many workers a run that grows goes on. */
  public int target() {
    return target;
  }

  /** How many workers the run waits for after a disturbance. */
  public int afterLoss() {
    if (!trying) {
      return planned;
    }
    failed();
    return before;
  }

  private void failed() {
    trying = false;
    failures = Math.min(failures + 1, MOST_FAILURES);
    passing = (1 << failures) - 1;
  }
}
