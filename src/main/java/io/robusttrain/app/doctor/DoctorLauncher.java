package io.robusttrain.app.doctor;

import io.robusttrain.app.Cluster;
import io.robusttrain.app.Preflight;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.data.DataException;
import io.robusttrain.doctor.Demands;
import io.robusttrain.doctor.Doctor;
import io.robusttrain.doctor.DoctorReport;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** {@code RobustDoctor} on the cluster that spark-submit names, or on this machine. */
public final class DoctorLauncher {
  private final SparkConf spark;

  /** How much of a configuration is looked at. */
  enum Scope {
    /** The cluster and the run directory. */
    CLUSTER,
    /** The run's data and needs too. */
    RUN
  }

  /** Takes the settings that spark-submit gave to this process. */
  DoctorLauncher(SparkConf spark) {
    this.spark = spark.setIfMissing("spark.master", "local[*]");
  }

  /**
   * Looks at everything that was asked for; what is wrong is in the report.
   *
   * @param config the run that is meant; its defaults if none was named
   */
  public DoctorReport run(RunConfig config, Scope scope) throws InterruptedException {
    // An hour is right for a training that waits in a queue; here the answer is that there are
    // none.
    spark.set("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s");
    Cluster cluster = new Cluster(spark);
    Configuration hadoop = cluster.hadoop();
    RunPlan.Topology topology = cluster.topology(config);
    Demands demands = withoutRun(config, topology);
    List<String> refusals = cluster.refusals(config.device());
    Optional<Trouble> trouble = Optional.empty();
    if (scope == Scope.RUN) {
      try {
        demands = Preflight.demands(plan(config, hadoop, topology));
      } catch (DataException wrong) {
        trouble =
            Optional.of(
                new Trouble(
                    "data",
                    wrong.getMessage(),
                    "correct data.path or prepare the images with RobustPrep"));
      } catch (ConfigException wrong) {
        trouble =
            Optional.of(new Trouble("plan", wrong.getMessage(), "change the keys that are named"));
      }
    }
    DoctorReport report =
        look(new Doctor(demands, hadoop, Demands.Depth.THOROUGH), cluster)
            .withWarnings("spark", refusals, "leave it out of spark-submit's options");
    return trouble
        .map(found -> report.withFailure(found.check(), found.text(), found.remedy()))
        .orElse(report);
  }

  private record Trouble(String check, String text, String remedy) {}

  private static DoctorReport look(Doctor doctor, Cluster cluster) throws InterruptedException {
    DoctorReport before =
        doctor.beforeSpark(cluster.isLocal() ? Doctor.Master.LOCAL : Doctor.Master.CLUSTER);
    if (before.failed()) {
      return before;
    }
    // They print the stack trace of every failed task and lost executor; the report says it better.
    Configurator.setLevel("org.apache.spark", Level.OFF);
    try (JavaSparkContext context = new JavaSparkContext(cluster.recovering("RobustDoctor"))) {
      return doctor.cluster(context.sc());
    }
  }

  private static RunPlan plan(RunConfig config, Configuration hadoop, RunPlan.Topology topology) {
    return new RunPlanner(config, hadoop, topology).plan();
  }

  private static Demands withoutRun(RunConfig config, RunPlan.Topology topology) {
    return new Demands(
        topology.executors(),
        topology.coresPerExecutor(),
        config.device(),
        config.run().dir(),
        config.checkpoint().commit().toOptional(),
        List.of(),
        Optional.empty());
  }
}
