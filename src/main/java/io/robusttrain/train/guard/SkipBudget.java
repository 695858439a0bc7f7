package io.robusttrain.train.guard;

/**
 * Counts skipped steps by epoch: steps that fail now and then in a long run do not add up. Not
 * thread-safe.
 */
public final class SkipBudget {
  private final int perEpoch;
  private int epoch = -1;
  private int used;
  private long total;

  /**
   * A budget of which nothing is used in the current epoch.
   *
   * @param perEpoch steps that may be skipped in an epoch
   * @param total steps that the run has skipped so far
   */
  public SkipBudget(int perEpoch, long total) {
    this.perEpoch = perEpoch;
    this.total = total;
  }

  /** Goes on within an epoch of which so many steps were skipped, counted in the total already. */
  public void continueIn(int runningEpoch, int skipped) {
    epoch = runningEpoch;
    used = skipped;
  }

  /** Steps skipped in an epoch; none unless it is the current one. */
  public int usedIn(int epochOfStep) {
    return epochOfStep == epoch ? used : 0;
  }

  /**
   * Takes one skipped step.
   *
   * @return whether the epoch had one left
   */
  public boolean take(int epochOfStep) {
    if (epochOfStep != epoch) {
      epoch = epochOfStep;
      used = 0;
    }
    used++;
    total++;
    return used <= perEpoch;
  }

  /** Steps skipped in the current epoch. */
  public int used() {
    return used;
  }

  /** Steps skipped in the whole run, those of abandoned epochs not counted. */
  public long total() {
    return total;
  }
}
