package io.robusttrain.report.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  @TempDir(factory = OddFolder.class)
  Path dir;

  @Test
  void holdsChartsTablesConfigurationAndProvenanceInOneFile() throws IOException {
    RunDirectory run =
        RunDirectory.open(
            new org.apache.hadoop.fs.Path(dir.toUri()),
            "r1",
            new Configuration(),
            "",
            Map.of(),
            Fence.none());
    new HtmlReport(DrawnRuns.run("r1", 3, 1500)).write(run);
    String html = Files.readString(dir.resolve("r1/report.html"));
    assertThat(html)
        .contains("<tr class=\"best\"><td>2</td>")
        .contains(
            "<th scope=\"row\" class=\"text\">seed &amp; data</th><td class=\"text\">&quot;42&quot;</td>")
        .contains("\"title\":\"Training loss\"", "\"title\":\"Wait for data\"")
        // Neither elements nor attributes that load something; the scripts are within.
        .doesNotContainPattern("(src|href)=\"(?!data:|#)")
        .doesNotContain("url(", "@import", "<link");
    assertThat(html.split("<script", -1)).hasSize(3);
  }

  @Test
  void marksTheKeysThatAreNotAtTheirDefaults() {
    String html = new HtmlReport(DrawnRuns.run("r1", 1, 10)).render();
    assertThat(html)
        .contains(
            "<th scope=\"row\" class=\"text\">optim.lr</th><td class=\"text\">1e-4</td><td class=\"text changed\">0.01 # &lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</td>")
        .doesNotContain("<th scope=\"row\" class=\"text\">optim.weight-decay</th>");
  }

  @Test
  void showsSeveralRunsSideBySide() {
    String html =
        new HtmlReport(
                "two runs", List.of(DrawnRuns.run("light", 3, 20), DrawnRuns.run("heavy", 2, 30)))
            .render();
    assertThat(html)
        .contains("<th scope=\"row\" class=\"text\">light</th><td>2</td><td>30.00 %</td>")
        .contains("data-run=\"1\"")
        .contains("\"name\":\"heavy FGSM\"");
  }

  @Test
  void tellsOfAlarms() {
    assertThat(new HtmlReport(DrawnRuns.run("r1", 1, 9)).render())
        .contains(
            ">Alarms</h2>",
            "<td>1</td><td>4</td><td class=\"text\">non finite</td><td class=\"text\">skipped</td><td class=\"prose\">the loss is not &lt;finite&gt;</td>");
    assertThat(new HtmlReport(DrawnRuns.run("r1", 0, 0)).render()).doesNotContain("Alarms");
  }

  @Test
  void leavesOutChartsWithoutPoints() {
    assertThat(new HtmlReport(DrawnRuns.run("none", 0, 0)).render())
        .doesNotContain("<figure", "<script");
  }

  @Test
  void staysBelowTwoMegabytesForHalfAMillionSteps() {
    String html = new HtmlReport(DrawnRuns.run("long", 100, 5000)).render();
    assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(2_000_000);
    // The highest loss of all is not thinned out.
    assertThat(html).contains("1234.5");
  }
}
