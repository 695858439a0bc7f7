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
   * @throws RuntimeException at once if the settings name a standalone cluster without a master
   */
  public static SparkSession forAllWork(String name) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    Cluster cluster = new Cluster(conf);
    if (cluster.isLocal()) {
      conf.setIfMissing("spark.driver.host", THIS_MACHINE);
    }
    if (!running()) {
      // Somebody waits for it at a keyboard.
      StandaloneMaster.require(conf);
    }
    SparkSession session = SparkSession.builder().config(cluster.recovering(name)).getOrCreate();
    session.sparkContext().setLogLevel("WARN");
    return session;
  }

  private static boolean running() {
    try {
      return !SparkSession.active().sparkContext().isStopped();
    } catch (IllegalStateException none) {
      return false;
    }
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
    SparkSession session = created(conf);
    session.sparkContext().setLogLevel("WARN");
    // They print the stack trace of every failed task; a failed job throws the same to the caller.
    Configurator.setLevel("org.apache.spark.executor.Executor", Level.OFF);
    Configurator.setLevel("org.apache.spark.scheduler.TaskSetManager", Level.OFF);
    return session;
  }

  private static SparkSession created(SparkConf conf) {
    try {
      return SparkSession.builder().config(conf).getOrCreate();
    } catch (RuntimeException failure) {
      throw StandaloneMaster.explained(failure, conf);
    }
  }
}
