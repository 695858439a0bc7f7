package io.robusttrain.app;

import io.robusttrain.config.RunConfig;
import org.apache.hadoop.conf.Configuration;

/** Does what {@code RobustTrain} was asked to do. */
@FunctionalInterface
public interface TrainRunner {
  /**
   * Trains, or prints the plan.
   *
   * @param config valid by itself; whether it fits the data and the cluster is for the runner to
   *     check
   * @param options what to do
   * @throws Exception any failure; {@link ErrorReport} maps it to a message and an exit code
   */
  void run(RunConfig config, TrainOptions options) throws Exception;

  /** The settings that name the file systems. */
  default Configuration hadoop() {
    return new Configuration();
  }
}
