package io.robusttrain.doctor;

import io.robusttrain.base.Figures;
import io.robusttrain.base.HadoopSettings;
import io.robusttrain.doctor.Demands.Depth;
import io.robusttrain.doctor.Demands.Network;
import io.robusttrain.doctor.check.Check;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Observation;
import io.robusttrain.doctor.check.Place;
import io.robusttrain.doctor.check.RunDirectoryCheck;
import io.robusttrain.doctor.check.RunDirectoryProbe;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** One round through all executors of a cluster. Used once. */
final class ClusterRound {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration EXAMINATION = Duration.ofMinutes(6);
  private static final Duration GREETING = Duration.ofSeconds(30);
  private static final int QUICK_BYTES = 4 << 20;
  private static final int THOROUGH_BYTES = 32 << 20;
  private static final String EXECUTORS = "executors";

  private final Demands demands;
  private final Depth depth;
  private final Network network;
  private final EveryExecutor executors;
  private int looked;

  ClusterRound(JavaSparkContext spark, Demands demands, Depth depth, Network network) {
    this.demands = demands;
    this.depth = depth;
    this.network = network;
    this.executors = new EveryExecutor(spark, demands.executors(), demands.cores());
  }

  int looked() {
    return looked;
  }

  /**
   * The lines of driver and executors.
   *
   * @param common checks of every process
   * @param own those and further ones of the driver
   * @param observed what they brought back on the driver
   */
  List<Line> look(
      List<Check<?>> common,
      List<Check<?>> own,
      Place driver,
      List<Observation> observed,
      RunDirectoryProbe probe,
      HadoopSettings hadoop)
      throws InterruptedException {
    ArrayList<Check<?>> theirs = new ArrayList<>(common);
    probe.folder().ifPresent(folder -> theirs.add(new RunDirectoryCheck(folder, hadoop)));
    List<Line> further = new ArrayList<>();
    Map<Place, List<Observation>> answers = new TreeMap<>();
    try {
      executors.await(PATIENCE);
      answers.putAll(executors.call(place -> answer(theirs, place), EXAMINATION));
      further.addAll(present(answers));
      further.addAll(clocksAndNetwork(answers));
    } catch (ExecutionException failed) {
      further.add(jobFailed(failed));
    }
    looked = answers.size();
    Map<Place, List<Observation>> all = new TreeMap<>(answers);
    all.put(driver, observed);
    List<Line> lines = new ArrayList<>(Diagnosis.of(common, all));
    int last = common.size();
    lines.addAll(
        Diagnosis.of(
            own.subList(last, own.size()), Map.of(driver, observed.subList(last, own.size()))));
    if (theirs.size() > last) {
      lines.addAll(runDirectory(theirs, answers, probe));
    }
    lines.addAll(further);
    return lines;
  }

  private static List<Observation> answer(List<Check<?>> checks, Place place)
      throws InterruptedException {
    return new ArrayList<>(Examination.of(checks, place));
  }

  private List<Line> present(Map<Place, ?> answers) {
    int live = executors.live();
    int wanted = demands.executors();
    List<Finding> findings = new ArrayList<>();
    if (live < wanted) {
      findings.add(
          Finding.failed(
              "%d of %d are there after %d s".formatted(live, wanted, PATIENCE.toSeconds()),
              "look at the cluster's free cores and memory and at the executors' logs, or ask for fewer"));
    } else if (live > wanted) {
      findings.add(
          Finding.warning(
              "%d are there, the run uses %d".formatted(live, wanted),
              "set distribution.executors=%d, or ask for fewer".formatted(live)));
    }
    if (answers.size() < live) {
      String others = DoctorText.places(List.copyOf(answers.keySet()));
      findings.add(
          Finding.failed(
              "%d of %d do not answer; these do: %s".formatted(live - answers.size(), live, others),
              "look at the logs and hosts of the others"));
    }
    long hosts = answers.keySet().stream().map(Place::host).distinct().count();
    String well = live + " on " + Figures.counted(hosts, "host");
    return Line.ofCluster(EXECUTORS, Finding.orOk(findings, well));
  }

  private List<Line> clocksAndNetwork(Map<Place, ?> answers)
      throws ExecutionException, InterruptedException {
    List<Place> places = List.copyOf(answers.keySet());
    List<Line> lines = new ArrayList<>();
    if (demands.device().startsWith("cuda") && !places.isEmpty()) {
      lines.addAll(new GpuProbe(executors).look());
    }
    if (network != Network.LEFT_OUT && places.size() > 1) {
      int bytes = depth == Depth.QUICK ? QUICK_BYTES : THOROUGH_BYTES;
      lines.addAll(
          new NetworkCheck(demands.load(), demands.cores(), network)
              .judge(new NetworkProbe(executors, bytes).measure(places)));
      if (network == Network.EVERY_PAIR) {
        lines.addAll(new MeshProbe(executors).look());
      }
    } else {
      // A second, short answer: the first one took as long as all checks.
      executors.call(place -> true, GREETING);
    }
    lines.addAll(0, executors.clocks().judge());
    return lines;
  }

  private static Line jobFailed(ExecutionException failed) {
    return new Line(
        EXECUTORS,
        List.of(),
        Finding.failed(
            Observation.text(failed),
            "look at the executors' logs; their JVMs need the options and the class path of spark-submit/"));
  }

  private static List<Line> runDirectory(
      List<Check<?>> checks, Map<Place, List<Observation>> answers, RunDirectoryProbe probe) {
    int index = checks.size() - 1;
    Map<Place, List<Observation>> own = new TreeMap<>();
    answers.forEach((place, all) -> own.put(place, List.of(all.get(index))));
    List<Line> lines = new ArrayList<>(Diagnosis.of(checks.subList(index, index + 1), own));
    List<Place> wrote = new ArrayList<>();
    own.forEach(
        (place, observation) -> {
          if (observation.get(0).facts() instanceof RunDirectoryCheck.Facts facts
              && facts.seen()
              && facts.problem().isEmpty()) {
            wrote.add(place);
          }
        });
    try {
      lines.addAll(RunDirectoryCheck.unseen(wrote, probe.names()));
    } catch (IOException unlisted) {
      lines.addAll(RunDirectoryCheck.unseen(wrote, List.of()));
    }
    return lines;
  }

  /** What Spark's settings mean for a training. */
  static List<Finding> settings(JavaSparkContext spark) {
    Map<String, String> settings = new TreeMap<>();
    for (Tuple2<String, String> setting : spark.getConf().getAll()) {
      settings.put(setting._1(), setting._2());
    }
    return new SparkSettings(spark.version(), settings).judge();
  }
}
