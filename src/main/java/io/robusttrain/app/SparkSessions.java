package io.robusttrain.app;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Opens Spark as spark-submit configured it, or on this machine's cores when nothing did. */
public final class SparkSessions {
  private static final String THIS_MACHINE = "127.0.0.1";

  private SparkSessions() {}

  /**
   * Opens a session in which training, evaluation and analysis can run one after the other, or
   * takes the one that this process has.
   *
   * @param name of the application
   */
  public static SparkSession forAllWork(String name) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    Cluster cluster = new Cluster(conf);
    if (cluster.isLocal()) {
      conf.setIfMissing("spark.driver.host", THIS_MACHINE);
    }
    SparkSession session = SparkSession.builder().config(cluster.recovering(name)).getOrCreate();
    session.sparkContext().setLogLevel("WARN");
    return session;
  }

  /**
   * Opens a session, or takes the one that this process has.
   *
   * @param name of the application
   * @param threads worker threads of a local master, or null for all cores
   */
  public static SparkSession open(String name, Integer threads) {
    SparkConf conf = ClusterSecret.into(SubmitDefaults.application(new SparkConf()));
    conf.setAppName(name);
    conf.setIfMissing("spark.master", "local[" + (threads == null ? "*" : threads) + "]");
    SparkSession session = SparkSession.builder().config(conf).getOrCreate();
    session.sparkContext().setLogLevel("WARN");
    // They print the stack trace of every failed task; a failed job throws the same to the caller.
    Configurator.setLevel("org.apache.spark.executor.Executor", Level.OFF);
    Configurator.setLevel("org.apache.spark.scheduler.TaskSetManager", Level.OFF);
    return session;
  }
}
