package io.robusttrain.app.train;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.cli.ConfigOptions;
import org.apache.hadoop.conf.Configuration;

/**
 * What {@code RobustTrain} starts once it has understood its command line: {@link ApiTraining}, and
 * in tests of the command line something that trains nothing.
 */
@FunctionalInterface
interface TrainRunner {
  enum Mode {
    TRAIN,
    /** Check everything, print the plan and stop. */
    DRY_RUN
  }

  /**
   * Trains, or checks what a training would need.
   *
   * @param options the configuration's files and keys; the runner reads and checks them
   * @param mode how far to go
   * @throws Exception any failure; {@link ErrorReport} maps it to a message and an exit code
   */
  void run(ConfigOptions options, Mode mode) throws Exception;

  /** The settings that name the file systems. */
  default Configuration hadoop() {
    return new Configuration();
  }
}
