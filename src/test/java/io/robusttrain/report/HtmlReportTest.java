package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.OddFolder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  private static final Pattern IMAGE = Pattern.compile("data:image/png;base64,([A-Za-z0-9+/=]+)\"");

  @TempDir(factory = OddFolder.class)
  Path dir;

  @Test
  void holdsPlotsTablesConfigurationAndProvenanceInOneFile() throws IOException {
    RunDirectory run =
        RunDirectory.open(
            new org.apache.hadoop.fs.Path(dir.toUri()),
            "r1",
            new Configuration(),
            "",
            Map.of(),
            Fence.none());
    report(metrics(3), run).write(run);
    String html = Files.readString(dir.resolve("r1/report.html"));
    Matcher images = IMAGE.matcher(html);
    int count = 0;
    while (images.find()) {
      BufferedImage image =
          ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(images.group(1))));
      assertThat(image.getWidth()).isEqualTo(720);
      // A plot that failed to draw would be of one colour.
      assertThat(colours(image)).isGreaterThan(20);
      count++;
    }
    assertThat(count).isEqualTo(4);
    assertThat(html)
        .contains("<tr class=\"best\"><td>2</td>")
        .contains("lr = 1e-4 # &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;")
        .contains("<th class=\"text\">seed &amp; data</th><td class=\"text\">&quot;42&quot;</td>")
        .doesNotContain("<script")
        .doesNotContain("http");
  }

  @Test
  void leavesOutPlotsWithoutPoints() throws IOException {
    RunDirectory run =
        RunDirectory.open(
            new org.apache.hadoop.fs.Path(dir.toUri()),
            "r2",
            new Configuration(),
            "",
            Map.of(),
            Fence.none());
    assertThat(report(new MetricsLog.Content(List.of(), List.of(), List.of()), run).render())
        .doesNotContain("<img");
  }

  private static HtmlReport report(MetricsLog.Content metrics, RunDirectory run) {
    return new HtmlReport(
        "Run r1",
        new ResultTable(
            metrics.epochs(),
            OptionalInt.of(1),
            WeightsKind.RAW,
            run.best(),
            run.path(),
            List.of()),
        metrics,
        "lr = 1e-4 # <script>alert('x')</script>",
        Map.of("seed & data", "\"42\""));
  }

  private static MetricsLog.Content metrics(int epochs) {
    List<StepMetrics> steps = new ArrayList<>();
    List<EpochMetrics> ends = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      for (int i = 0; i < 1500; i++) {
        int step = epoch * 1500 + i;
        double loss =
            step == 1000 ? Double.NaN : 2.3 * Math.exp(-step / 3000.0) + 0.1 * Math.sin(i);
        steps.add(
            new StepMetrics(
                epoch,
                step,
                loss,
                epoch / 255.0,
                1e-4 * (1 + Math.cos(step / 1500.0)),
                1,
                70 + i % 7,
                0,
                0));
      }
      ends.add(
          new EpochMetrics(epoch, 2, 0.2 + 0.1 * epoch, 0.1 + 0.1 * epoch, 60, 500, Map.of(), 0));
    }
    return new MetricsLog.Content(steps, ends, List.of());
  }

  private static long colours(BufferedImage image) {
    return java.util.Arrays.stream(
            image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
        .distinct()
        .count();
  }
}
