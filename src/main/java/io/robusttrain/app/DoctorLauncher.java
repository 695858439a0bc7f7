package io.robusttrain.app;

import io.robusttrain.config.ConfigException;
import io.robusttrain.config.RunConfig;
import io.robusttrain.data.DataException;
import io.robusttrain.doctor.Demands;
import io.robusttrain.doctor.Doctor;
import io.robusttrain.doctor.DoctorReport;
import io.robusttrain.train.RunPlan;
import io.robusttrain.train.RunPlanner;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** {@code RobustDoctor} on the cluster that spark-submit names, or on this machine. */
public final class DoctorLauncher implements DoctorRunner {
  private final SparkConf spark;

  /** A launcher with the settings of spark-submit. */
  DoctorLauncher(SparkConf spark) {
    this.spark = spark.setIfMissing("spark.master", "local[*]");
  }

  /** A launcher with the settings that spark-submit gave to this process. */
  public static DoctorLauncher submitted() {
    return new DoctorLauncher(new SparkConf());
  }

  @Override
  public DoctorReport run(DoctorRequest request) throws InterruptedException {
    // An hour is right for a training that waits in a queue; here the answer is that there are
    // none.
    spark.set("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s");
    Cluster cluster = new Cluster(spark);
    Configuration hadoop = cluster.hadoop();
    RunPlan.Topology topology = cluster.topology(request.config());
    Demands demands = withoutRun(request.config(), topology);
    List<String> refusals = cluster.refusals(request.config().device());
    Optional<Trouble> trouble = Optional.empty();
    if (request.scope() == DoctorRequest.Scope.RUN) {
      try {
        demands = Preflight.demands(plan(request.config(), hadoop, topology));
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
    SparkContext context = new SparkContext(cluster.recovering("RobustDoctor"));
    try {
      return doctor.cluster(context);
    } finally {
      context.stop();
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
