package io.robusttrain.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.figure.Figure;
import io.robusttrain.report.view.DrawnRuns;
import io.robusttrain.report.view.HtmlReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pages in a browser. One that is named by the system property {@code robusttrain.page} is
 * photographed, too: light, dark and narrow, beside it.
 */
class PagesInChromiumTest {
  private static final int PHONE = 360;
  private static final int DESK = 1280;

  @TempDir private static Path dir;

  private static Chromium browser;

  @BeforeAll
  static void startBrowser() throws IOException {
    Optional<Path> program = Chromium.installed();
    if (program.isEmpty()) {
      String skipped = "SKIPPED: the pages were not opened, for there is no Chromium";
      System.err.println(skipped);
      abort(skipped);
    }
    browser = Chromium.start(program.get(), dir.resolve("profile"));
  }

  @AfterAll
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  private static Path written(String name, String html) throws IOException {
    return Files.writeString(dir.resolve(name), html);
  }

  private static Path oneRun() throws IOException {
    return written("one.html", new HtmlReport(DrawnRuns.run("one", 4, 100)).render());
  }

  private static double[] plot(int chart) {
    JsonNode box =
        browser.value(
            "(() => { const over = document.querySelectorAll('.u-over')[%d]; over.scrollIntoView({block: 'center'}); const b = over.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()"
                .formatted(chart));
    return new double[] {
      box.get(0).asDouble(), box.get(1).asDouble(), box.get(2).asDouble(), box.get(3).asDouble()
    };
  }

  /** The texts of a chart's legend, the x axis first. */
  private static List<String> legend(int chart) {
    return List.of(
        browser
            .value(
                "[...document.querySelectorAll('figure.chart')[%d].querySelectorAll('.u-value')].map(v => v.textContent).join('|')"
                    .formatted(chart))
            .asText()
            .split("\\|"));
  }

  @Test
  void chartsAreDrawnWithoutAWordOnTheConsole() throws IOException {
    browser.open(oneRun(), DESK, false);
    assertThat(browser.value("document.querySelectorAll('canvas').length").asInt()).isEqualTo(6);
    assertThat(browser.value("document.documentElement.dataset.ready").asText()).isNotEmpty();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void thePointerShowsTheValuesBelowIt() throws IOException {
    browser.open(oneRun(), DESK, false);
    double[] box = plot(0);
    // Four epochs, validated at 1, 2, 3 and 4: the second is in the middle of 0.01 to 4.
    browser.mouse("mouseMoved", box[0] + box[2] / 2, box[1] + box[3] / 2);
    assertThat(legend(0)).containsExactly("2", "30", "25");
    assertThat(browser.value("document.querySelector('figure.chart .note').textContent").asText())
        .isEqualTo("best epoch 2");
  }

  @Test
  void draggingZoomsAllChartsAndAllShowsEverythingAgain() throws IOException {
    browser.open(oneRun(), DESK, false);
    double[] box = plot(1);
    double middle = box[1] + box[3] / 2;
    browser.mouse("mouseMoved", box[0] + box[2] / 4, middle);
    browser.mouse("mousePressed", box[0] + box[2] / 4, middle);
    browser.drag(box[0] + box[2] * 0.4, middle);
    browser.drag(box[0] + box[2] / 2, middle);
    browser.mouse("mouseReleased", box[0] + box[2] / 2, middle);
    // The first and the last place of another chart, by keyboard.
    assertThat(ends(3)).satisfies(ends -> assertBetween(ends, 0.95, 2.05));
    browser.value(
        "document.querySelectorAll('.tools')[1].querySelector('[title=\"show all\"]').click()");
    assertThat(ends(3)).satisfies(ends -> assertBetween(ends, 0, 4));
    assertThat(ends(3)[1]).isEqualTo(4);
  }

  private static void assertBetween(double[] ends, double low, double high) {
    assertThat(ends[0]).isBetween(low, low + 0.15);
    assertThat(ends[1]).isBetween(high - 0.15, high);
  }

  private static double[] ends(int chart) {
    double[] ends = new double[2];
    for (int end = 0; end < 2; end++) {
      browser.value(
          "document.querySelectorAll('.plot')[%d].dispatchEvent(new KeyboardEvent('keydown', {key: '%s'}))"
              .formatted(chart, end == 0 ? "Home" : "End"));
      ends[end] = Double.parseDouble(legend(chart).get(0));
    }
    return ends;
  }

  @Test
  void anAxisBecomesLogarithmicAndBack() throws IOException {
    browser.open(oneRun(), DESK, false);
    String button = "document.querySelectorAll('.tools')[1].querySelector('[aria-pressed]')";
    browser.value(button + ".click()");
    assertThat(browser.value(button + ".getAttribute('aria-pressed')").asText()).isEqualTo("true");
    browser.value(button + ".click()");
    assertThat(browser.value(button + ".getAttribute('aria-pressed')").asText()).isEqualTo("false");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void severalRunsLieOverEachOtherAndCanBeHidden() throws IOException {
    HtmlReport report =
        new HtmlReport(
            "two runs", List.of(DrawnRuns.run("light", 4, 100), DrawnRuns.run("heavy", 4, 77)));
    browser.open(written("two.html", report.render()), DESK, true);
    double[] box = plot(1);
    browser.mouse("mouseMoved", box[0] + box[2] * 0.9, box[1] + box[3] / 2);
    // Their steps are at different places, and each shows its nearest.
    assertThat(legend(1)).hasSize(3).doesNotContain("–");
    browser.value("document.querySelectorAll('input[data-run]')[1].click()");
    assertThat(browser.value("document.querySelectorAll('.u-legend .u-off').length").asInt())
        .isEqualTo(8);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aPhoneScrollsDownwardsOnly() throws IOException {
    browser.open(oneRun(), PHONE, true);
    assertThat(browser.value("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(PHONE);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aPhoneShowsAllColumnsOfClassesConfusionsAndKeys() throws IOException {
    browser.open(oneRun(), PHONE, false);
    // The tables that have captions, and those of them that scroll sideways.
    String captioned = "[...document.querySelectorAll('.wide:not([aria-label=table])')]";
    assertThat(browser.value(captioned + ".length").asInt()).isEqualTo(3);
    assertThat(
            browser
                .value(
                    captioned
                        + ".filter(region => region.scrollWidth > region.clientWidth).map(region => region.getAttribute('aria-label')).join('|')")
                .asText())
        .isEmpty();
  }

  @Test
  void nothingIsWrittenBetweenEpochsThatHaveNothingBetween() throws IOException {
    Curve curve = Curve.of("PGD-1", new double[] {1, 2, 3, 4}, new double[] {0.5, 0.7, 0.9, 1.1});
    Figure figure = new Figure("missed", Axis.linear("epoch"), Axis.linear("%"), List.of(curve));
    AnalysisPage page =
        new AnalysisPage(Json.object().put("analysis", "effectiveness"), Map.of(), List.of(figure));
    browser.open(written("analysis.html", page.render()), DESK, false);
    // Draws again twice, and hears what is written on the canvas.
    browser.value(
        """
        (() => {
          window.written = [];
          const write = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
            window.written.push(text);
            write.call(this, text, ...rest);
          };
          const button = document.querySelector('.tools [aria-pressed]');
          button.click();
          button.click();
        })()\
        """);
    assertThat(List.of(browser.value("window.written.join('|')").asText().split("\\|")))
        .contains("epoch", "1", "2", "3", "4")
        .doesNotContain("1.5", "2.5", "3.5");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aPageCanBePhotographed() throws IOException {
    String named = System.getProperty("robusttrain.page", "");
    Path page = named.isEmpty() ? oneRun() : Path.of(named);
    for (int width : new int[] {DESK, PHONE}) {
      for (boolean dark : new boolean[] {false, true}) {
        browser.open(page, width, dark);
        byte[] png = browser.screenshot();
        assertThat(png.length).isGreaterThan(10_000);
        if (!named.isEmpty()) {
          String look = (width == PHONE ? "narrow" : "wide") + (dark ? "-dark" : "-light");
          Files.write(Path.of(named + "." + look + ".png"), png);
        }
      }
    }
  }
}
