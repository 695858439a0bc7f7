package io.robusttrain.speed;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.base.Figures;
import java.util.List;

/** What attacks took, one line each, as a Markdown table with a line above and a note below. */
public final class AttackTable {
  private static final String ROW = "| %s | %s | %s | %s | %s | %s | %s | %s | %s |%n";

  private AttackTable() {}

  /** The table, in the order of the times. */
  public static String of(AttackPlan plan, List<AttackTime> times) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s at %dx%d px, %d classes, random weights; %s %s; batch %d, threads %d%n%n"
            .formatted(
                plan.architecture().name(),
                plan.architecture().imageHeight(),
                plan.architecture().imageWidth(),
                plan.architecture().numClasses(),
                plan.threat().norm(),
                ThreatModel.text(plan.threat().epsilon()),
                plan.batch(),
                plan.threads()));
    text.append(
        ROW.formatted(
            "attack",
            "iterations",
            "seconds",
            "forward images",
            "backward images",
            "images broken",
            "passes/s",
            "ms per image and iteration",
            "images/s at full length (extrapolated)"));
    text.append("|---|---|---|---|---|---|---|---|---|%n".formatted());
    times.forEach(time -> text.append(row(time)));
    text.append(
        ("%nExtrapolated: the measured passes/s over the passes of an image at the attack's full"
                + " length,%nas if all images stood to the end. Images that fall make it faster.%n")
            .formatted());
    return text.toString();
  }

  private static String row(AttackTime time) {
    return ROW.formatted(
        time.attack().name(),
        time.attack().iterations() + " of " + time.attack().fullIterations(),
        Figures.format("%.2f", time.seconds()),
        time.forwardImages(),
        time.backwardImages(),
        time.broken() + " of " + time.batch(),
        Figures.format("%.2f", time.passesPerSecond()),
        Figures.format("%.2f", time.millisPerIteration()),
        Figures.format("%.4g", time.imagesPerSecondAtFullLength()));
  }
}
