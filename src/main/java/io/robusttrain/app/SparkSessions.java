package io.robusttrain.app;

import org.apache.log4j.Level;
import org.apache.log4j.Logger;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Opens Spark as spark-submit configured it, or on this machine's cores when nothing did. */
final class SparkSessions {
  private SparkSessions() {}

  /**
   * @param threads worker threads of a local master, or null for all cores
   */
  static SparkSession open(String name, Integer threads) {
    SparkConf conf = ClusterSecret.into(new SparkConf());
    conf.setAppName(name);
    conf.setIfMissing("spark.master", "local[" + (threads == null ? "*" : threads) + "]");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    SparkSession session = SparkSession.builder().config(conf).getOrCreate();
    session.sparkContext().setLogLevel("WARN");
    // They print the stack trace of every failed task; a failed job throws the same to the caller.
    Logger.getLogger("org.apache.spark.executor.Executor").setLevel(Level.OFF);
    Logger.getLogger("org.apache.spark.scheduler.TaskSetManager").setLevel(Level.OFF);
    return session;
  }
}
