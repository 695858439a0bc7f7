package io.robusttrain.app.prep;

import io.robusttrain.data.prep.PrepReport;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;

/** The closing table of a preparation. */
final class PrepSummary {
  private PrepSummary() {}

  static void print(PrintWriter out, PrepReport report, String folder, double seconds) {
    String row = "%-12s %10s %8s %21s %12s %7s %6s%n";
    out.printf(
        Locale.ROOT,
        row,
        "split",
        "images",
        "classes",
        "images per class",
        "bytes",
        "shards",
        "bad");
    for (PrepReport.Split split : report.splits()) {
      long[] perClass = split.samplesPerClass().stream().mapToLong(Long::longValue).toArray();
      out.printf(
          Locale.ROOT,
          row,
          split.name(),
          split.samples(),
          Arrays.stream(perClass).filter(n -> n > 0).count(),
          Arrays.stream(perClass).min().orElse(0)
              + " to "
              + Arrays.stream(perClass).max().orElse(0),
          split.bytes(),
          split.shards().size(),
          split.bad());
    }
    report.ignored().forEach((kind, count) -> out.printf("ignored: %d files, %s%n", count, kind));
    report.warnings().forEach(warning -> out.println("warning: " + warning));
    if (!report.badImages().isEmpty()) {
      out.printf(
          "left out: %d bad images, listed in %s/bad-images.json%n",
          report.badImages().size(), folder);
    }
    out.printf(Locale.ROOT, "%s/dataset.json written in %.1f s%n", folder, seconds);
  }
}
