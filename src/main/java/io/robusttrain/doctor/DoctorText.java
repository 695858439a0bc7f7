package io.robusttrain.doctor;

import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Finding.Verdict;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** A report for a terminal of 116 columns. */
public final class DoctorText {
  private static final int WIDTH = 116;
  private static final String HEAD = "%-8s %-10s %-22s ";
  private static final int INDENT = HEAD.formatted("", "", "").length();

  private DoctorText() {}

  /** Every line, and the summary. */
  public static String whole(DoctorReport report) {
    return text(report, Verdict.OK);
  }

  /** What is not as it should be, and the summary. */
  public static String troubles(DoctorReport report) {
    return text(report, Verdict.WARNING);
  }

  private static String text(DoctorReport report, Verdict least) {
    StringBuilder out = new StringBuilder();
    TreeSet<String> hosts = new TreeSet<>();
    report.lines().forEach(line -> line.places().forEach(place -> hosts.add(place.host())));
    for (Line line : report.lines()) {
      if (line.finding().verdict().compareTo(least) >= 0) {
        append(out, line, hosts.size() > 1);
      }
    }
    return out.append("doctor     ").append(report.summary()).append('\n').toString();
  }

  private static void append(StringBuilder out, Line line, boolean nameHosts) {
    Finding finding = line.finding();
    String text = finding.text();
    if (nameHosts && finding.verdict() != Verdict.OK && !line.places().isEmpty()) {
      TreeSet<String> hosts = new TreeSet<>();
      line.places().forEach(place -> hosts.add(place.host()));
      text += " (" + String.join(", ", hosts) + ")";
    }
    String places = places(line.places());
    String head = HEAD.formatted(finding.verdict().word(), line.check(), places);
    String indent = " ".repeat(INDENT);
    out.append(head);
    if (head.length() > INDENT) {
      out.append('\n').append(indent);
    }
    out.append(String.join("\n" + indent, wrapped(text))).append('\n');
    if (!finding.remedy().isEmpty()) {
      String arrow = "\n" + indent + "   ";
      out.append(indent).append("-> ").append(String.join(arrow, wrapped(finding.remedy())));
      out.append('\n');
    }
  }

  private static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH - INDENT - 3) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** Such as {@code driver, executors 0-7}. */
  public static String places(List<Place> places) {
    List<String> parts = new ArrayList<>();
    List<Place> executors = new ArrayList<>();
    for (Place place : places) {
      switch (place.role()) {
        case BOTH -> parts.add("this machine");
        case DRIVER -> parts.add("driver");
        case EXECUTOR -> executors.add(place);
      }
    }
    if (!executors.isEmpty()) {
      parts.add((executors.size() == 1 ? "executor " : "executors ") + ranges(executors));
    }
    return parts.isEmpty() ? "cluster" : String.join(", ", parts);
  }

  private static String ranges(List<Place> executors) {
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < executors.size(); i++) {
      int first = i;
      while (i + 1 < executors.size()
          && executors.get(i).number() + 1 == executors.get(i + 1).number()) {
        i++;
      }
      String from = executors.get(first).id();
      ranges.add(first == i ? from : from + "-" + executors.get(i).id());
    }
    return String.join(", ", ranges);
  }
}
