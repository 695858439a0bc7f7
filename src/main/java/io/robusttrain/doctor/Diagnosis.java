package io.robusttrain.doctor;

import io.robusttrain.doctor.check.Check;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Observation;
import io.robusttrain.doctor.check.Place;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Turns what the checks brought back into lines; processes with equal findings share one. */
public final class Diagnosis {
  private Diagnosis() {}

  /**
   * The lines of all checks, in their order.
   *
   * @param observations of each process, in the order of the checks
   */
  public static List<Line> of(
      List<? extends Check<?>> checks, Map<Place, List<Observation>> observations) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < checks.size(); i++) {
      Map<Place, Observation> own = new TreeMap<>();
      for (Map.Entry<Place, List<Observation>> entry : observations.entrySet()) {
        own.put(entry.getKey(), entry.getValue().get(i));
      }
      lines.addAll(judged(checks.get(i), own));
    }
    return lines;
  }

  private static <F extends Serializable> List<Line> judged(
      Check<F> check, Map<Place, Observation> observations) {
    Map<Finding, List<Place>> places = new LinkedHashMap<>();
    Map<Place, F> facts = new TreeMap<>();
    observations.forEach(
        (place, observation) -> {
          List<Finding> findings;
          if (observation.failure().isEmpty()) {
            F own = facts(observation);
            facts.put(place, own);
            findings = check.judge(place, own);
          } else {
            findings = List.of(Finding.failed(observation.failure(), check.remedy()));
          }
          for (Finding finding : findings) {
            places.computeIfAbsent(finding, any -> new ArrayList<>()).add(place);
          }
        });
    List<Line> lines = new ArrayList<>();
    places.forEach((finding, where) -> lines.add(new Line(check.name(), where, finding)));
    lines.addAll(check.compare(facts));
    return lines;
  }

  // The check of this index returned them.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <F extends Serializable> F facts(Observation observation) {
    return (F) observation.facts();
  }
}
