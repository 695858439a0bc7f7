package io.robusttrain.report.page;

import io.robusttrain.base.Figures;
import io.robusttrain.report.figure.Curve;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A page in the making: a heading, figures that matter most, and sections. The page is one file
 * that loads nothing and sends nothing, which its content security policy says to the browser, too.
 * It follows the reader's choice of light or dark, and fits a phone. Not thread-safe.
 */
public final class Page {
  private final String title;
  private final StringBuilder body = new StringBuilder();
  private final List<String> sections = new ArrayList<>();
  private final ChartData data = new ChartData();
  private int charts;

  /** A page without content. */
  public Page(String title) {
    this.title = title;
  }

  /** Begins a section; the page's first lines have its name, too. */
  public Page section(String heading) {
    sections.add(heading);
    return html("<h2 id=\"section-%d\">%s</h2>\n".formatted(sections.size(), Html.escape(heading)));
  }

  /** A heading within a section. */
  public Page heading(String text) {
    return html("<h3>%s</h3>\n".formatted(Html.escape(text)));
  }

  /** A paragraph. */
  public Page paragraph(String text) {
    return html("<p>%s</p>\n".formatted(Html.escape(text)));
  }

  /** A paragraph that warns. */
  public Page warning(String text) {
    return html("<p class=\"warning\">Warning: %s</p>\n".formatted(Html.escape(text)));
  }

  /** Names and values that a reader looks for first, in their order. */
  public Page facts(Map<String, String> facts) {
    return html(
        facts.entrySet().stream()
            .map(
                fact ->
                    "<div><dt>%s</dt><dd>%s</dd></div>\n"
                        .formatted(Html.escape(fact.getKey()), Html.escape(fact.getValue())))
            .collect(Collectors.joining("", "<dl class=\"facts\">\n", "</dl>\n")));
  }

  /** A table. */
  public Page table(Table table) {
    return html(table.html());
  }

  /** A text with its line breaks. */
  public Page text(String text) {
    return html("<pre tabindex=\"0\">%s</pre>\n".formatted(Html.escape(text)));
  }

  /** A table that is there if it is asked for. */
  public Page foldedTable(String summary, Table table) {
    return folded(summary, table.html());
  }

  /** A text with its line breaks, there if it is asked for. */
  public Page foldedText(String summary, String text) {
    return folded(summary, "<pre tabindex=\"0\">%s</pre>\n".formatted(Html.escape(text)));
  }

  private Page folded(String summary, String html) {
    return html(
        "<details><summary>%s</summary>\n%s</details>\n".formatted(Html.escape(summary), html));
  }

  /**
   * Names of runs, each with the colour of its lines, which can be hidden in all charts.
   *
   * @param runs in the order of their indices in {@link Chart.Line#run}
   */
  public Page runs(List<String> runs) {
    html("<fieldset><legend>Runs in the charts</legend>\n");
    for (int i = 0; i < runs.size(); i++) {
      html(
          "<label><input type=\"checkbox\" checked data-run=\"%d\"><span class=\"swatch\" style=\"color:var(--c%d)\"></span>%s</label>\n"
              .formatted(i, i % 8, Html.escape(runs.get(i))));
    }
    return html("</fieldset>\n");
  }

  /** Charts beside each other, as far as there is room; those without a point are left out. */
  public Page charts(List<Chart> all) {
    List<Chart> shown = all.stream().filter(Page::hasPoints).toList();
    if (shown.isEmpty()) {
      return this;
    }
    html(
        "<p class=\"keys\">Drag across a chart to zoom, double-click to see all. With the keyboard: arrow keys move, plus and minus zoom, 0 shows all. A click on a name hides its line.</p>\n<noscript><p class=\"warning\">The charts are drawn by a script; what they show in short is under \"values\".</p></noscript>\n<div class=\"charts\">\n");
    shown.forEach(this::chart);
    return html("</div>\n");
  }

  private static boolean hasPoints(Chart chart) {
    return chart.lines().stream()
        .anyMatch(line -> Arrays.stream(line.curve().y()).anyMatch(Double::isFinite));
  }

  private void chart(Chart chart) {
    String id = "chart-" + ++charts;
    data.add(id, chart);
    html(
        """
        <figure class="chart" id="%1$s" aria-labelledby="%1$s-name"><figcaption id="%1$s-name">%2$s</figcaption>
        <div class="tools" role="group" aria-label="%2$s: view"></div>
        <div class="plot" tabindex="0" role="group" aria-label="%2$s, chart"></div>
        <p class="note" aria-live="polite"></p>
        """
            .formatted(id, Html.escape(chart.title())));
    foldedTable("values", values(chart)).html("</figure>\n");
  }

  /** What those read who do not see the chart. */
  private static Table values(Chart chart) {
    Table table = new Table("").column("line", Table.Look.TEXT);
    table.numbers("points", "first", "last", "lowest", "highest");
    for (Chart.Line line : chart.lines()) {
      Curve curve = line.curve();
      double[] y = Arrays.stream(curve.y()).filter(Double::isFinite).toArray();
      if (y.length > 0 && !curve.name().isEmpty()) {
        table.row(
            curve.name(),
            Integer.toString(y.length),
            value(y[0]),
            value(y[y.length - 1]),
            value(Arrays.stream(y).min().orElseThrow()),
            value(Arrays.stream(y).max().orElseThrow()));
      }
    }
    return table;
  }

  private static String value(double value) {
    return Figures.format("%.4g", value);
  }

  /**
   * A picture with its own size.
   *
   * @param words what it shows, for those who do not see it
   */
  public Page picture(String words, byte[] png) {
    return html(
        "<img class=\"sheet\" alt=\"%s\" src=\"%s\">\n"
            .formatted(Html.escape(words), dataUri(png)));
  }

  /** Images before and after an attack, beside each other. */
  public Page pictures(List<Picture> pictures) {
    html("<ul class=\"pictures\">\n");
    for (Picture picture : pictures) {
      html(
          """
          <li><div>
          <figure><img alt="%1$s" src="%2$s"><p>%3$s</p></figure>
          <figure><img alt="%1$s, attacked" src="%4$s"><p>%5$s</p></figure>
          </div><p>is <b>%1$s</b></p></li>
          """
              .formatted(
                  Html.escape(picture.label()),
                  dataUri(picture.clean()),
                  answer(picture.label(), picture.answer(), picture.confidence()),
                  dataUri(picture.attacked()),
                  answer(picture.label(), picture.attackedAnswer(), picture.attackedConfidence())));
    }
    return html("</ul>\n");
  }

  /** Right and wrong are told by a sign, too, and not by colour alone. */
  private static String answer(String label, String answer, double confidence) {
    boolean right = answer.equals(label);
    return Figures.format(
        "<span class=\"%s\">%s %s</span> %.0f %%",
        right ? "right" : "wrong",
        right ? "\u2713" : "\u2717",
        Html.escape(answer),
        100 * confidence);
  }

  private static String dataUri(byte[] png) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
  }

  private Page html(String html) {
    body.append(html);
    return this;
  }

  /** The whole page. */
  public String render() {
    String links =
        sections.isEmpty()
            ? ""
            : java.util.stream.IntStream.rangeClosed(1, sections.size())
                .mapToObj(
                    i ->
                        "<li><a href=\"#section-%d\">%s</a></li>"
                            .formatted(i, Html.escape(sections.get(i - 1))))
                .collect(
                    Collectors.joining("", "<nav aria-label=\"sections\"><ul>", "</ul></nav>\n"));
    String policy =
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src %s"
            .formatted(charts == 0 ? "'none'" : Assets.scriptSource());
    StringBuilder html = new StringBuilder(body.length() + (1 << 17));
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n".formatted(policy));
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<title>%s</title>\n<style>\n".formatted(Html.escape(title)));
    html.append(Assets.STYLE).append("</style>\n</head>\n<body>\n");
    html.append("<a class=\"skip\" href=\"#content\">To the content</a>\n");
    html.append("<header><h1>%s</h1>\n%s</header>\n".formatted(Html.escape(title), links));
    html.append("<main id=\"content\">\n").append(body).append("</main>\n");
    if (charts > 0) {
      html.append("<script type=\"application/json\" id=\"charts\">");
      html.append(data.json()).append("</script>\n<!-- The charts are drawn by uPlot.\n");
      html.append(Assets.LICENCE).append("\n-->\n<script>");
      html.append(Assets.SCRIPT).append("</script>\n");
    }
    return html.append("</body>\n</html>\n").toString();
  }
}
