package io.robusttrain.app.train;

import io.robusttrain.api.RobustTrain;
import io.robusttrain.api.RobustTrainException;
import io.robusttrain.app.Cluster;
import io.robusttrain.app.cli.ConfigOptions;
import java.io.PrintStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;

/** A training as programs and notebooks start it, in the context that spark-submit describes. */
public final class ApiTraining implements TrainRunner {
  private final SparkConf spark;
  private final PrintStream screen;

  /**
   * Nothing is started yet.
   *
   * @param spark spark-submit's settings
   * @param screen where plan, progress and results go
   */
  public ApiTraining(SparkConf spark, PrintStream screen) {
    this.spark = spark;
    this.screen = screen;
  }

  @Override
  public void run(ConfigOptions options, Mode mode) throws Exception {
    // First of all, for what is no key=value at all is told as such.
    options.load();
    RobustTrain training = RobustTrain.on(spark).output(screen);
    options.files().forEach(file -> training.config(file.toString()));
    for (String override : options.overrides()) {
      int equals = override.indexOf('=');
      training.set(override.substring(0, equals), override.substring(equals + 1));
    }
    try {
      if (mode == Mode.DRY_RUN) {
        training.check();
      } else {
        training.run();
      }
    } catch (RobustTrainException told) {
      throw original(told);
    }
  }

  /** What a command line reports by its type. */
  private static Exception original(RobustTrainException told) {
    if (told.getCause() instanceof Error error) {
      throw error;
    }
    return told.getCause() instanceof Exception cause ? cause : told;
  }

  @Override
  public Configuration hadoop() {
    return new Cluster(spark).hadoop();
  }
}
