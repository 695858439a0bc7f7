package io.robusttrain.app;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Opens Spark as spark-submit configured it, or on this machine's cores when nothing did. */
final class SparkSessions {
  private SparkSessions() {}

  /**
   * @param threads worker threads of a local master, or null for all cores
   */
  static SparkSession open(String name, Integer threads) {
    SparkConf conf = new SparkConf();
    conf.setAppName(name);
    conf.setIfMissing("spark.master", "local[" + (threads == null ? "*" : threads) + "]");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    SparkSession session = SparkSession.builder().config(conf).getOrCreate();
    session.sparkContext().setLogLevel("WARN");
    return session;
  }
}
