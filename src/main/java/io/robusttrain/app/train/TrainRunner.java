package io.robusttrain.app.train;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.config.RunConfig;
import org.apache.hadoop.conf.Configuration;

/**
 * What {@code RobustTrain} starts once it has understood its command line: {@link TrainLauncher},
 * and in tests of the command line something that trains nothing.
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
   * @param config valid by itself; whether it fits the data and the cluster is for the runner to
   *     check
   * @param mode how far to go
   * @throws Exception any failure; {@link ErrorReport} maps it to a message and an exit code
   */
  void run(RunConfig config, Mode mode) throws Exception;

  /** The settings that name the file systems. */
  default Configuration hadoop() {
    return new Configuration();
  }
}
