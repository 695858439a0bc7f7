package io.robusttrain.report.view;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.ThinnedSteps;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.apache.hadoop.fs.Path;

/** Runs that nobody trained, for pages. */
public final class DrawnRuns {
  private DrawnRuns() {}

  /** Of the second epoch: three classes, and images of one colour that are red after the attack. */
  private static RunLook look() {
    List<RunLook.Twins> twins = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      twins.add(
          new RunLook.Twins(
              i,
              i % 2 == 0 ? "ankle boot" : "bag",
              new RunLook.Twin(png(0x3060a0 + 8 * i), i % 2 == 0 ? "ankle boot" : "bag", 0.93),
              new RunLook.Twin(png(0xa03030), i % 3 == 0 ? "bag" : "coat & <hat>", 0.51)));
    }
    return new RunLook(
        1,
        "raw",
        List.of(
            new RunLook.ClassCounts("ankle boot", 200, 180, 90),
            new RunLook.ClassCounts("bag", 200, 150, 120),
            new RunLook.ClassCounts("coat & <hat>", 200, 20, 0)),
        List.of(new RunLook.Confusion("ankle boot", "coat & <hat>", 77)),
        twins);
  }

  private static byte[] png(int rgb) {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, rgb);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * A run whose loss falls, with one peak of 1234.5 two thirds through, a loss that is not finite
   * after a third, and an alarm there. Its best epoch is the second, if it has one.
   */
  public static RunView run(String name, int epochs, int stepsPerEpoch) {
    ThinnedSteps steps = new ThinnedSteps();
    List<EpochMetrics> ends = new ArrayList<>();
    List<Alarm> alarms = new ArrayList<>();
    int all = epochs * stepsPerEpoch;
    for (int step = 0; step < all; step++) {
      double done = step / (double) all;
      double loss = 2.3 * Math.exp(-2 * done) + 0.1 * Math.sin(step);
      if (step == all / 3) {
        loss = Double.NaN;
        alarms.add(
            new Alarm(
                step,
                step / stepsPerEpoch,
                Alarm.Kind.NON_FINITE,
                Alarm.Response.SKIPPED,
                "the loss is not <finite>",
                Map.of()));
      } else if (step == 2 * (all / 3)) {
        loss = 1234.5;
      }
      steps.add(
          new StepMetrics(
              step / stepsPerEpoch,
              step,
              loss,
              Math.min(1, 2 * done) * 4 / 255,
              1e-3 * (1 + Math.cos(3 * done)),
              1 + 0.3 * Math.cos(step * 0.7),
              70 + step % 7,
              0.01 * (step % 5),
              0));
    }
    for (int epoch = 0; epoch < epochs; epoch++) {
      double fgsm = epoch == 1 ? 0.25 : 0.1 + 0.1 * epoch / epochs;
      ends.add(
          new EpochMetrics(epoch, 2, 0.2 + 0.1 * Math.min(epoch, 5), fgsm, 60, 500, Map.of(), 0));
    }
    Path path = new Path("/runs/" + name);
    ResultTable table =
        new ResultTable(
            ends,
            epochs > 1 ? OptionalInt.of(1) : OptionalInt.empty(),
            WeightsKind.RAW,
            new Path(path, "best/model.safetensors"),
            path,
            alarms);
    return new RunView(
        name,
        table,
        new MetricsLog.Content(steps.list(), ends, alarms),
        "optim {\n  lr = 0.01 # </script><script>alert('x')</script>\n  weight-decay = 0.5\n}\n",
        "optim {\n  lr = 1e-4\n  weight-decay = 0.5\n}\n",
        Map.of("seed & data", "\"42\""),
        Optional.of(look()));
  }
}
