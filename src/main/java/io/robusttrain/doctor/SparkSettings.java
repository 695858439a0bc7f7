package io.robusttrain.doctor;

import io.robusttrain.doctor.check.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Settings of Spark that break training, or make it fragile.
 *
 * @param version Spark's
 * @param settings all that are set
 */
public record SparkSettings(String version, Map<String, String> settings) {
  static final String NAME = "spark";

  /** What the settings mean for a training; at least one finding. */
  public List<Finding> judge() {
    List<Finding> findings = new ArrayList<>();
    if (!version.startsWith("3.5.")) {
      findings.add(
          Finding.failed(
              "Spark %s; RobustTrain is built for 3.5".formatted(version),
              "use a Spark 3.5, or unset SPARK_HOME: the scripts of spark-submit/ bring Spark 3.5.6 with them"));
    }
    if (is("spark.dynamicAllocation.enabled")) {
      findings.add(
          Finding.failed(
              "spark.dynamicAllocation.enabled=true: Spark would take executors away that hold state",
              "set it to false and ask for a fixed number of executors"));
    }
    if (is("spark.speculation")) {
      findings.add(
          Finding.failed(
              "spark.speculation=true: a copy of a task would run where its replica is not",
              "set it to false"));
    }
    if (is("spark.excludeOnFailure.enabled")) {
      findings.add(
          Finding.warning(
              "spark.excludeOnFailure.enabled=true: one failure may exclude an executor for an hour",
              "set it to false: training needs all executors"));
    }
    if (!settings.getOrDefault("spark.task.cpus", "1").equals("1")) {
      findings.add(
          Finding.warning(
              "spark.task.cpus=%s: an executor may get no task at all"
                  .formatted(settings.get("spark.task.cpus")),
              "leave it out: one task an executor uses all its cores"));
    }
    multiple(findings);
    return Finding.orOk(findings, "Spark " + version + ", settings fit");
  }

  private void multiple(List<Finding> findings) {
    String most = settings.getOrDefault("spark.cores.max", "");
    String each = settings.getOrDefault("spark.executor.cores", "");
    if (most.matches("[1-9]\\d{0,6}")
        && each.matches("[1-9]\\d{0,6}")
        && Integer.parseInt(most) % Integer.parseInt(each) != 0) {
      findings.add(
          Finding.warning(
              "spark.cores.max=%s is no multiple of spark.executor.cores=%s: some cores stay idle"
                  .formatted(most, each),
              "make --total-executor-cores a multiple of --executor-cores"));
    }
  }

  private boolean is(String key) {
    return Boolean.parseBoolean(settings.getOrDefault(key, "false").strip());
  }
}
