package io.robusttrain.api;

/**
 * Hears how a run goes, on threads of the driver, one call after the other. Whatever a listener
 * does holds the run up meanwhile; what it throws ends the run behind its next checkpoint.
 *
 * <pre>{@code
 * RobustTrain.on(spark).config("conf/quickstart.conf").listener(new RunListener() {
 *   @Override public void epoch(Epoch epoch) {
 *     System.out.println(epoch.epoch() + " " + epoch.fgsmAccuracy());
 *   }
 * }).run();
 * }</pre>
 */
public interface RunListener {
  /**
   * One optimiser update.
   *
   * @param epoch counted from 1
   * @param epochs of the whole run
   * @param step within the run, counted from 1
   * @param steps of the whole run
   * @param loss mean over the global batch; NaN where it is not finite
   * @param radius of the attack in this step, pixels being in [0,1]
   * @param learningRate of this step
   * @param imagesPerSecond of the whole cluster
   */
  record Step(
      int epoch,
      int epochs,
      long step,
      long steps,
      double loss,
      double radius,
      double learningRate,
      double imagesPerSecond) {}

  /**
   * One epoch with its validation.
   *
   * @param epoch counted from 1
   * @param epochs of the whole run
   * @param trainLoss mean over the epoch's steps
   * @param cleanAccuracy of the validation split, a fraction; NaN if this epoch was not validated
   * @param fgsmAccuracy under FGSM at full epsilon, a fraction; NaN if not validated
   * @param seconds wall time of the epoch with its validation
   */
  record Epoch(
      int epoch,
      int epochs,
      double trainLoss,
      double cleanAccuracy,
      double fgsmAccuracy,
      double seconds) {}

  /**
   * Where a stage of an evaluation or an analysis stands.
   *
   * @param name of the stage, such as an attack's
   * @param stage counted from 1
   * @param stages of the whole work
   * @param imagesDone of this stage
   * @param images of this stage
   * @param standing images that the stage has not broken so far
   * @param seconds since the stage began
   * @param finished whether the stage has come to its end
   */
  record Stage(
      String name,
      int stage,
      int stages,
      int imagesDone,
      int images,
      int standing,
      double seconds,
      boolean finished) {}

  /**
   * How far the shards of a data set are that is made.
   *
   * @param imagesDone that are written
   * @param images of the whole set
   * @param seconds since the first one
   * @param finished whether the set is whole
   */
  record Shards(long imagesDone, long images, double seconds, boolean finished) {}

  /** Called after each optimiser update. */
  default void step(Step step) {}

  /** Called after each epoch. */
  default void epoch(Epoch epoch) {}

  /** Called about twice a second while a stage runs, and at its end. */
  default void stage(Stage stage) {}

  /** Called now and then while shards are written, and at the end. */
  default void shards(Shards shards) {}

  /**
   * Called when a run has ended before its end, for it was asked to.
   *
   * @param text one line that says where it ended and how it goes on
   */
  default void stopped(String text) {}

  /**
   * Called with what a guard found or what makes a result doubtful, in plain words.
   *
   * @param text one line
   */
  default void warning(String text) {}
}
