package io.robusttrain.speed;

/**
 * What a short attack took.
 *
 * @param attack which
 * @param batch images
 * @param seconds on the wall
 * @param forwardImages images classified, with or without a gradient
 * @param backwardImages images whose gradient was computed
 * @param broken how many images it broke
 */
public record AttackTime(
    ShortAttack attack,
    int batch,
    double seconds,
    long forwardImages,
    long backwardImages,
    int broken) {
  public AttackTime {
    if (forwardImages < 1 || !(seconds > 0)) {
      throw new IllegalStateException(
          "%s was not timed: %d images in %s s".formatted(attack.name(), forwardImages, seconds));
    }
  }

  /** Images forward and images backward over seconds. */
  public double passesPerSecond() {
    return (forwardImages + backwardImages) / seconds;
  }

  /** Milliseconds of an image's iteration, or of its query. */
  public double millisPerIteration() {
    return 1000 * attack.passesPerIteration() / passesPerSecond();
  }

  /**
   * Images over the seconds that they would take if all of them stood to the end of the attack at
   * full length, at the measured rate of passes: the batch over the seconds scaled from the passes
   * that were made to those that would have been. An image that fell early made fewer passes, and
   * the scale grows by as much.
   */
  public double imagesPerSecondAtFullLength() {
    return passesPerSecond() / attack.fullPasses();
  }
}
