package io.robusttrain.app;

import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.DoctorConfig;
import io.robusttrain.config.DoctorConfig.Action;
import io.robusttrain.config.RunConfig;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.doctor.Demands;
import io.robusttrain.doctor.Doctor;
import io.robusttrain.doctor.DoctorException;
import io.robusttrain.doctor.DoctorReport;
import io.robusttrain.doctor.DoctorText;
import io.robusttrain.train.plan.RunPlan;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;

/** The doctor's quick look before a training: silent but for one line when all is well. */
public final class Preflight {
  private static final int FLOAT = 4;

  /** A multiply-add counts as two operations. */
  private static final double OPERATIONS_PER_MAC = 2;

  private final RunPlan plan;
  private final Cluster cluster;
  private final Configuration hadoop;
  private final PrintStream screen;

  public Preflight(RunPlan plan, Cluster cluster, Configuration hadoop, PrintStream screen) {
    this.plan = plan;
    this.cluster = cluster;
    this.hadoop = hadoop;
    this.screen = screen;
  }

  /**
   * Looks at driver and executors.
   *
   * @throws DoctorException if the run would fail later and {@code doctor.action} is {@code fail}
   */
  public void check(SparkContext context) throws InterruptedException {
    DoctorConfig settings = plan.config().doctor();
    if (settings.action() != Action.OFF) {
      Demands.Network network =
          settings.network() == DoctorConfig.Network.AUTO
              ? network(plan.config())
              : Demands.Network.LEFT_OUT;
      DoctorReport report = doctor().cluster(context, network);
      if (report.failed()) {
        // An executor that was lost meanwhile is replaced; what is really wrong stays wrong.
        report = doctor().cluster(context, network);
      }
      conclude(report);
    }
  }

  /** Looks at this process alone, before there is a Spark context. */
  public void checkDriver() throws InterruptedException {
    if (plan.config().doctor().action() != Action.OFF) {
      conclude(doctor().driver(cluster.isLocal() ? Doctor.Master.LOCAL : Doctor.Master.CLUSTER));
    }
  }

  private Doctor doctor() {
    return new Doctor(demands(plan), hadoop, Demands.Depth.QUICK);
  }

  private void conclude(DoctorReport report) {
    screen.print(DoctorText.troubles(report));
    if (report.failed() && plan.config().doctor().action() == Action.FAIL) {
      throw new DoctorException(
          "the run would fail for the reasons above; doctor.action=warn starts it nevertheless");
    }
  }

  /** Which ways between executors a run needs. */
  public static Demands.Network network(RunConfig config) {
    return config.distribution().chosenEngine() == DistributionConfig.Engine.COLLECTIVE
        ? Demands.Network.EVERY_PAIR
        : Demands.Network.PROBED;
  }

  /** What a planned run asks of its cluster. */
  public static Demands demands(RunPlan plan) {
    return demands(plan.config(), plan.topology(), plan.dataSets(), Optional.of(load(plan)));
  }

  /**
   * What a configuration asks of its cluster.
   *
   * @param sets the splits that are read; may be empty
   * @param load what the run needs, if one is planned
   */
  public static Demands demands(
      RunConfig config,
      RunPlan.Topology topology,
      List<ImageSet> sets,
      Optional<Demands.Load> load) {
    return new Demands(
        topology.executors(),
        topology.coresPerExecutor(),
        config.device(),
        config.run().dir(),
        config.checkpoint().commit().toOptional(),
        sets,
        load);
  }

  private static Demands.Load load(RunPlan plan) {
    RunConfig config = plan.config();
    long elements = plan.architecture().layout().size();
    boolean half = config.distribution().compression() == DistributionConfig.Compression.FP16;
    boolean collective =
        config.distribution().chosenEngine() == DistributionConfig.Engine.COLLECTIVE;
    // Of an image: each attack step and the training step go forward and back, the latter twice
    // as far. An attack that is guided takes more steps for a while: the exchange has its largest
    // share in the others.
    int passes = 2 * config.attack().steps() + 3;
    double images = (double) config.train().globalBatch() / plan.topology().executors();
    // Weights and two moments, and the averages of the weights.
    int averages = config.modelEma().decay().isSet() ? 1 : 0;
    int vectors = 3 + averages + (config.swa().start().isSet() ? 1 : 0);
    return new Demands.Load(
        plan.memory().heapBytes(),
        plan.memory().nativeBytes(),
        plan.exchangedBytes(),
        half || collective,
        images * passes * OPERATIONS_PER_MAC * plan.trainingMacsPerImage(),
        elements * FLOAT * vectors,
        config.checkpoint().keep());
  }
}
