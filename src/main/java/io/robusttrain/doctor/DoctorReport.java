package io.robusttrain.doctor;

import io.robusttrain.base.Figures;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Finding.Verdict;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import java.util.ArrayList;
import java.util.List;

/** What a {@link Doctor} found. Immutable. */
public final class DoctorReport {
  private final List<Line> lines;
  private final Place driver;
  private final int executors;

  /**
   * @param executors that were looked at
   */
  public DoctorReport(List<Line> lines, Place driver, int executors) {
    this.lines = List.copyOf(lines);
    this.driver = driver;
    this.executors = executors;
  }

  /** Whether training would fail. */
  public boolean failed() {
    return count(Verdict.FAILED) > 0;
  }

  List<Line> lines() {
    return lines;
  }

  /**
   * This report and further findings about the cluster.
   *
   * @param check a word for the first column
   */
  public DoctorReport with(String check, List<Finding> further) {
    List<Line> all = new ArrayList<>(lines);
    all.addAll(Line.ofCluster(check, further));
    return new DoctorReport(all, driver, executors);
  }

  /** One line: how much was looked at and what came of it. */
  public String summary() {
    String where =
        driver.role() == Place.Role.BOTH
            ? "this machine"
            : executors == 0
                ? "the driver"
                : "driver and " + Figures.counted(executors, "executor");
    long checks = lines.stream().map(Line::check).distinct().count();
    List<String> counts = new ArrayList<>();
    if (count(Verdict.FAILED) > 0) {
      counts.add(count(Verdict.FAILED) + " FAILED");
    }
    if (count(Verdict.WARNING) > 0) {
      counts.add(Figures.counted(count(Verdict.WARNING), "warning"));
    }
    return "%s on %s: %s"
        .formatted(
            Figures.counted(checks, "check"),
            where,
            counts.isEmpty() ? "ok" : String.join(", ", counts));
  }

  private long count(Verdict verdict) {
    return lines.stream().filter(line -> line.finding().verdict() == verdict).count();
  }
}
