package io.robusttrain.evaluate.run;

/** Hears how an evaluation goes. All calls come from the driver's thread, one after the other. */
public interface EvaluationListener {
  /** Hears and says nothing. */
  EvaluationListener NOBODY =
      new EvaluationListener() {
        @Override
        public void progress(Stage stage) {}

        @Override
        public void finished(Stage stage) {}

        @Override
        public void warning(String text) {}
      };

  /**
   * Where a stage stands.
   *
   * @param number of the stage, from 0, which is the clean stage
   * @param stages how many there are
   * @param name what the stage does
   * @param breaks whether its outcome is which images it broke
   * @param blocks of the stage
   * @param blocksDone of these; those of earlier processes included
   * @param images of the stage
   * @param imagesDone of these
   * @param broken images that the stage broke so far
   * @param resumedImages images whose outcome was there from an earlier process
   * @param seconds since the stage began in this process
   */
  record Stage(
      int number,
      int stages,
      String name,
      boolean breaks,
      int blocks,
      int blocksDone,
      int images,
      int imagesDone,
      int broken,
      int resumedImages,
      double seconds) {
    /** This stage after that many more blocks and images, of which some broke. */
    Stage with(int moreBlocks, int moreImages, int moreBroken, double secondsSoFar) {
      return new Stage(
          number,
          stages,
          name,
          breaks,
          blocks,
          blocksDone + moreBlocks,
          images,
          imagesDone + moreImages,
          broken + moreBroken,
          resumedImages,
          secondsSoFar);
    }

    /** Images that the stage has not broken. */
    public int standing() {
      return images - broken;
    }
  }

  /** Called about twice a second while a stage runs. */
  void progress(Stage stage);

  /** Called once at the end of a stage. */
  void finished(Stage stage);

  /** Called with a reason to doubt the result, in plain words. */
  void warning(String text);
}
