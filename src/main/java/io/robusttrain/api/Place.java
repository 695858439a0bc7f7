package io.robusttrain.api;

import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.SparkSessions;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.config.value.ConfigException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Where this process works: its settings, its session, its file systems. */
final class Place {
  private Place() {}

  /**
   * Prepares this process as the launchers do, before anything native is loaded.
   *
   * @throws RobustTrainException if it cannot work here
   */
  static void prepare() {
    Optional<String> problem = SubmitDefaults.prepare();
    if (problem.isPresent()) {
      throw new RobustTrainException(problem.get());
    }
  }

  /** A session with all settings that training and evaluation need, or the one that there is. */
  static SparkSession session() {
    prepare();
    return Failures.readable(() -> SparkSessions.forAllWork("RobustTrain"));
  }

  static SparkPlace running(SparkSession session) {
    prepare();
    return SparkPlace.running(session.sparkContext());
  }

  static SparkPlace opened(SparkConf settings) {
    prepare();
    return SparkPlace.submitted(settings);
  }

  /** The settings of file systems: those of the session, or of this process. */
  static Configuration hadoop() {
    prepare();
    try {
      return SparkSession.active().sparkContext().hadoopConfiguration();
    } catch (IllegalStateException none) {
      try {
        return SparkPlace.submitted(new SparkConf().setIfMissing("spark.master", "local[*]"))
            .cluster()
            .hadoop();
      } catch (ConfigException wrong) {
        throw Failures.of(wrong);
      }
    }
  }
}
