package io.robusttrain.doctor;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.doctor.Demands.Depth;
import io.robusttrain.doctor.Demands.Load;
import io.robusttrain.doctor.Demands.Network;
import io.robusttrain.doctor.check.CacheCheck;
import io.robusttrain.doctor.check.Check;
import io.robusttrain.doctor.check.DataCheck;
import io.robusttrain.doctor.check.DeviceCheck;
import io.robusttrain.doctor.check.FileSystemCheck;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.JavaCheck;
import io.robusttrain.doctor.check.LibrariesCheck;
import io.robusttrain.doctor.check.LimitsCheck;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.MachineCheck;
import io.robusttrain.doctor.check.MemoryCheck;
import io.robusttrain.doctor.check.Observation;
import io.robusttrain.doctor.check.Place;
import io.robusttrain.doctor.check.Place.Role;
import io.robusttrain.doctor.check.RunDirectoryProbe;
import io.robusttrain.doctor.check.ThreadsCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Looks at driver and executors and reports what would fail later. A check that fails or hangs is a
 * finding like any other; what is written in the run directories' folder is removed again. One
 * caller at a time.
 */
public final class Doctor {
  private static final int IMAGES = 3;

  private final Demands demands;
  private final Configuration hadoop;
  private final Depth depth;

  /** Which processes do the arithmetic. */
  public enum Master {
    /** This process: the master is local. */
    LOCAL,
    /** Executors, which are processes of their own. */
    CLUSTER
  }

  /**
   * A doctor for a run; nothing is looked at yet.
   *
   * @param hadoop names the file systems
   */
  public Doctor(Demands demands, Configuration hadoop, Depth depth) {
    this.demands = demands;
    this.hadoop = new Configuration(hadoop);
    this.depth = depth;
  }

  /** Looks only at what Spark itself needs in this process: without it, no context can be made. */
  public DoctorReport beforeSpark(Master master) throws InterruptedException {
    Place driver = driver(master, ownHost());
    List<Check<?>> checks = List.of(new JavaCheck());
    List<Line> lines = Diagnosis.of(checks, Map.of(driver, Examination.of(checks, driver)));
    return new DoctorReport(lines, driver, 0);
  }

  /** Looks at this process alone. Needs no Spark. */
  public DoctorReport driver(Master master) throws InterruptedException {
    Place driver = driver(master, ownHost());
    List<Line> lines = new ArrayList<>();
    try (RunDirectoryProbe probe = probe()) {
      List<Check<?>> checks = new ArrayList<>(common());
      checks.add(fileSystem(probe));
      lines.addAll(Diagnosis.of(checks, Map.of(driver, Examination.of(checks, driver))));
    } catch (IOException left) {
      lines.add(notRemoved(driver, left));
    }
    return new DoctorReport(lines, driver, 0);
  }

  /**
   * Looks at this process and at every executor.
   *
   * @param context a running one
   */
  public DoctorReport cluster(SparkContext context, Network network) throws InterruptedException {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context);
    List<Finding> settings = ClusterRound.settings(spark);
    if (spark.isLocal()) {
      return driver(Master.LOCAL).with(SparkSettings.NAME, settings);
    }
    Place driver = driver(Master.CLUSTER, spark.getConf().get("spark.driver.host", ownHost()));
    List<Line> lines = new ArrayList<>();
    int looked = 0;
    try (RunDirectoryProbe probe = probe()) {
      List<Check<?>> common = common();
      List<Check<?>> own = new ArrayList<>(common);
      own.add(fileSystem(probe));
      List<Observation> observed = Examination.of(own, driver);
      ClusterRound round = new ClusterRound(spark, demands, depth, network);
      lines.addAll(round.look(common, own, driver, observed, probe, HadoopSettings.of(hadoop)));
      looked = round.looked();
    } catch (IOException left) {
      lines.add(notRemoved(driver, left));
    }
    return new DoctorReport(lines, driver, looked).with(SparkSettings.NAME, settings);
  }

  private RunDirectoryProbe probe() {
    return new RunDirectoryProbe(new Path(demands.runDirectories()), hadoop);
  }

  private Check<?> fileSystem(RunDirectoryProbe probe) {
    return new FileSystemCheck(
        probe,
        demands.load().map(Load::checkpointBytes).orElse(0L),
        demands.load().map(Load::checkpointsKept).orElse(0),
        demands.commit());
  }

  /** What is looked at in every process. */
  private List<Check<?>> common() {
    List<Check<?>> checks = new ArrayList<>();
    checks.add(new JavaCheck());
    checks.add(new MachineCheck());
    checks.add(new CacheCheck());
    checks.add(new LibrariesCheck());
    checks.add(new ThreadsCheck(demands.cores()));
    checks.add(
        new MemoryCheck(
            demands.load().map(Load::heapBytes).orElse(0L),
            demands.load().map(Load::nativeBytes).orElse(0L)));
    checks.add(new LimitsCheck());
    checks.add(new DeviceCheck(demands.device()));
    if (!demands.sets().isEmpty()) {
      checks.add(
          new DataCheck(
              new ArrayList<>(demands.sets()),
              depth == Depth.THOROUGH ? IMAGES : 0,
              HadoopSettings.of(hadoop)));
    }
    return checks;
  }

  private static Line notRemoved(Place driver, IOException left) {
    return new Line(
        "run dir",
        List.of(driver),
        Finding.warning(
            "a hidden folder .doctor-* could not be removed (%s)".formatted(Observation.text(left)),
            "remove it by hand"));
  }

  private static Place driver(Master master, String host) {
    return new Place(master == Master.LOCAL ? Role.BOTH : Role.DRIVER, "driver", host);
  }

  private static String ownHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException unnamed) {
      return "localhost";
    }
  }
}
