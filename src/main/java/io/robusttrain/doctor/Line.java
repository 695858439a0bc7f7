package io.robusttrain.doctor;

import java.util.List;

/**
 * A finding and where it holds.
 *
 * @param check name of the check
 * @param places sorted; empty for a finding about the cluster
 * @param finding what was found there
 */
record Line(String check, List<Place> places, Finding finding) {
  Line {
    places = places.stream().sorted().distinct().toList();
  }
}
