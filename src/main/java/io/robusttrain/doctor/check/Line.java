package io.robusttrain.doctor.check;

import java.util.List;

/**
 * A finding and where it holds.
 *
 * @param check name of the check
 * @param places sorted; empty for a finding about the cluster
 * @param finding what was found there
 */
public record Line(String check, List<Place> places, Finding finding) {
  public Line {
    places = places.stream().sorted().distinct().toList();
  }

  /** Findings about the cluster as a whole. */
  public static List<Line> ofCluster(String check, List<Finding> findings) {
    return findings.stream().map(finding -> new Line(check, List.of(), finding)).toList();
  }
}
