package io.robusttrain.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import java.util.Locale;

/** A report as one JSON object. */
public final class DoctorJson {
  private DoctorJson() {}

  /** The object, over several lines. */
  public static String of(DoctorReport report) {
    ObjectNode root = Json.object();
    root.put("failed", report.failed());
    root.put("summary", report.summary());
    ArrayNode lines = root.putArray("lines");
    for (Line line : report.lines()) {
      ObjectNode node = lines.addObject();
      node.put("check", line.check());
      node.put("verdict", line.finding().verdict().name().toLowerCase(Locale.ROOT));
      node.put("text", line.finding().text());
      node.put("remedy", line.finding().remedy());
      ArrayNode places = node.putArray("places");
      for (Place place : line.places()) {
        places.addObject().put("id", place.id()).put("host", place.host());
      }
    }
    return root.toPrettyString();
  }
}
