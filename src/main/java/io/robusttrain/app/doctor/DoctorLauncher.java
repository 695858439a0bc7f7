package io.robusttrain.app.doctor;

import io.robusttrain.app.Cluster;
import io.robusttrain.app.Preflight;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.data.DataException;
import io.robusttrain.doctor.Demands;
import io.robusttrain.doctor.Doctor;
import io.robusttrain.doctor.DoctorReport;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    Demands demands = Preflight.demands(config, topology, List.of(), Optional.empty());
    List<Finding> refusals =
        cluster.refusals(config.device()).stream()
            .map(text -> Finding.warning(text, "leave it out of spark-submit's options"))
            .toList();
    Map<String, Finding> troubles = new HashMap<>();
    if (scope == Scope.RUN) {
      try {
        demands = Preflight.demands(new RunPlanner(config, hadoop, topology).stages().largest());
      } catch (DataException wrong) {
        String remedy = "correct data.path or prepare the images with RobustPrep";
        troubles.put("data", Finding.failed(wrong.getMessage(), remedy));
      } catch (ConfigException wrong) {
        troubles.put("plan", Finding.failed(wrong.getMessage(), "change the keys that are named"));
      }
    }
    DoctorReport report =
        look(
                new Doctor(demands, hadoop, Demands.Depth.THOROUGH),
                cluster,
                Preflight.network(config))
            .with("spark", refusals);
    for (Map.Entry<String, Finding> trouble : troubles.entrySet()) {
      report = report.with(trouble.getKey(), List.of(trouble.getValue()));
    }
    return report;
  }

  private static DoctorReport look(Doctor doctor, Cluster cluster, Demands.Network network)
      throws InterruptedException {
    DoctorReport before =
        doctor.beforeSpark(cluster.isLocal() ? Doctor.Master.LOCAL : Doctor.Master.CLUSTER);
    if (before.failed()) {
      return before;
    }
    // They print the stack trace of every failed task and lost executor; the report says it better.
    Configurator.setLevel("org.apache.spark", Level.OFF);
    try (JavaSparkContext context = new JavaSparkContext(cluster.recovering("RobustDoctor"))) {
      return doctor.cluster(context.sc(), network);
    }
  }
}
