package io.robusttrain.app;

import java.util.Map;
import org.apache.spark.SparkConf;

/**
 * The secret with which driver, executors and daemons prove who they are. Workers and executors
 * take it from the environment variable {@value #VARIABLE}; a driver on a standalone cluster wants
 * it among its settings, where {@code --conf} would show it to every user of the machine. This
 * class carries it from the one to the other.
 */
final class ClusterSecret {
  /** The variable in which Spark passes the secret to executors. */
  static final String VARIABLE = "_SPARK_AUTH_SECRET";

  private static final String SETTING = "spark.authenticate.secret";

  private ClusterSecret() {}

  /** Completes the settings of a driver that authenticates; others stay as they are. */
  static SparkConf into(SparkConf conf) {
    return into(conf, System.getenv());
  }

  static SparkConf into(SparkConf conf, Map<String, String> environment) {
    String secret = environment.get(VARIABLE);
    if (secret != null && conf.getBoolean("spark.authenticate", false)) {
      conf.setIfMissing(SETTING, secret);
    }
    return conf;
  }
}
