package io.robusttrain.doctor;

import io.robusttrain.base.Figures;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far executors' clocks may be from the driver's. An answer that was given between sending and
 * receiving bounds the difference; many answers bound it from both sides ever closer. Not
 * thread-safe.
 */
public final class Clocks {
  private static final double WARN_SECONDS = 1;
  private static final double FAIL_SECONDS = 60;

  /** The difference, executor minus driver, lies in between, in milliseconds. */
  record Bounds(long least, long most) {
    Bounds with(Bounds other) {
      return new Bounds(Math.max(least, other.least), Math.min(most, other.most));
    }

    /** The difference that is certain, in seconds: 0 if the clocks may agree. */
    double certainSeconds() {
      long certain = least > 0 ? least : Math.min(most, 0);
      return certain / 1000.0;
    }
  }

  private final Map<Place, Bounds> bounds = new TreeMap<>();

  /** An executor's time of answering, between two times of the driver. */
  public void saw(Place place, long sent, long answered, long received) {
    bounds.merge(place, new Bounds(answered - received, answered - sent), Bounds::with);
  }

  /** One line for the executors whose clocks may agree with the driver's, one for each other. */
  public List<Line> judge() {
    List<Line> lines = new ArrayList<>();
    List<Place> right = new ArrayList<>();
    bounds.forEach(
        (place, own) -> {
          double seconds = own.certainSeconds();
          if (Math.abs(seconds) < WARN_SECONDS) {
            right.add(place);
          } else {
            lines.add(new Line("clocks", List.of(place), wrong(seconds)));
          }
        });
    if (!right.isEmpty()) {
      lines.add(0, new Line("clocks", right, Finding.ok("within 1 s of the driver's")));
    }
    return lines;
  }

  private static Finding wrong(double seconds) {
    String text =
        Figures.format(
            "%.1f s %s the driver's clock", Math.abs(seconds), seconds > 0 ? "ahead of" : "behind");
    String remedy = "start NTP on all hosts (chrony, systemd-timesyncd)";
    return Math.abs(seconds) < FAIL_SECONDS
        ? Finding.warning(text, remedy)
        : Finding.failed(text, remedy + ": leases and secured file systems refuse such clocks");
  }
}
