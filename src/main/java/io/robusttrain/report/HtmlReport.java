package io.robusttrain.report;

import io.robusttrain.base.Figures;
import io.robusttrain.base.Secrets;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.run.RunDirectory;
import java.io.IOException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code report.html}: one file without scripts and without anything from outside; plots are PNG
 * data URIs.
 *
 * @param title of the page, such as the run id
 * @param results accuracies of each epoch
 * @param metrics all steps and epochs
 * @param config the effective configuration as text
 * @param provenance versions, data hash, seed
 */
public record HtmlReport(
    String title,
    ResultTable results,
    MetricsLog.Content metrics,
    String config,
    Map<String, String> provenance) {
  private static final String STYLE =
      "body{font:15px sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
          + "table{border-collapse:collapse}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;"
          + "text-align:right}td.text,th.text{text-align:left}tr.best{font-weight:bold;"
          + "background:#eef7ee}pre{background:#f5f5f5;padding:1em;overflow:auto}img{max-width:100%}";

  public HtmlReport {
    provenance = Map.copyOf(provenance);
  }

  /** Draws the plots and writes the page into the run directory, whole or not at all. */
  public void write(RunDirectory run) throws IOException {
    run.write(run.report().getName(), render());
  }

  /** The whole page as text. */
  public String render() throws IOException {
    StringBuilder html = new StringBuilder(1 << 16);
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>")
        .append(escape(title))
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head>\n<body>\n<h1>")
        .append(escape(title))
        .append("</h1>\n");
    results(html);
    alarms(html);
    charts(metrics)
        .forEach(
            (name, png) ->
                html.append("<h2>")
                    .append(escape(name))
                    .append("</h2>\n<img alt=\"")
                    .append(escape(name))
                    .append("\" src=\"data:image/png;base64,")
                    .append(Base64.getEncoder().encodeToString(png))
                    .append("\">\n"));
    html.append("<h2>Configuration</h2>\n<pre>").append(escape(config)).append("</pre>\n");
    html.append("<h2>Provenance</h2>\n<table>\n");
    new TreeMap<>(provenance)
        .forEach(
            (key, value) ->
                html.append("<tr><th class=\"text\">")
                    .append(escape(key))
                    .append("</th><td class=\"text\">")
                    .append(escape(value))
                    .append("</td></tr>\n"));
    return html.append("</table>\n</body>\n</html>\n").toString();
  }

  /** The plots of a run as PNG of 720 pixels in width, by title. */
  public static Map<String, byte[]> charts(MetricsLog.Content metrics) throws IOException {
    return Charts.draw(metrics);
  }

  private void results(StringBuilder html) {
    html.append("<h2>Results</h2>\n<table>\n<tr><th>epoch</th><th>train loss</th>")
        .append("<th>clean</th><th>FGSM</th>");
    for (WeightsKind kind : results.averages()) {
      html.append("<th>%1$s clean</th><th>%1$s FGSM</th>".formatted(kind.word()));
    }
    html.append("<th>seconds</th></tr>\n");
    for (EpochMetrics epoch : results.epochs()) {
      html.append(
          String.format(
              Locale.ROOT,
              "<tr%s><td>%d</td><td>%.4f</td><td>%s</td><td>%s</td>",
              results.isBest(epoch) ? " class=\"best\"" : "",
              epoch.epoch() + 1,
              epoch.trainLoss(),
              Figures.percent(epoch.cleanTop1()),
              Figures.percent(epoch.fgsmTop1())));
      for (WeightsKind kind : results.averages()) {
        EpochMetrics.Accuracy accuracy = ResultTable.accuracy(epoch, kind);
        html.append(
            "<td>%s</td><td>%s</td>"
                .formatted(
                    Figures.percent(accuracy.cleanTop1()), Figures.percent(accuracy.fgsmTop1())));
      }
      html.append(String.format(Locale.ROOT, "<td>%.1f</td></tr>%n", epoch.seconds()));
    }
    html.append("</table>\n");
    if (results.bestEpoch().isPresent()) {
      html.append("<p>Best model: <code>")
          .append(escape(results.best().toString()))
          .append("</code>")
          .append(results.described().map(text -> ": " + text).orElse(""))
          .append("</p>\n");
    }
    html.append("<p>Run directory: <code>")
        .append(escape(results.run().toString()))
        .append("</code></p>\n");
  }

  private void alarms(StringBuilder html) {
    if (metrics.alarms().isEmpty()) {
      return;
    }
    html.append("<h2>Alarms</h2>\n<table>\n<tr><th>epoch</th><th>step</th>")
        .append("<th class=\"text\">alarm</th><th class=\"text\">response</th>")
        .append("<th class=\"text\">what and why</th></tr>\n");
    for (Alarm alarm : metrics.alarms()) {
      html.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%d</td><td>%d</td><td class=\"text\">%s</td><td class=\"text\">%s</td>"
                  + "<td class=\"text\">%s</td></tr>%n",
              alarm.epoch() + 1,
              alarm.step() + 1,
              Alarm.word(alarm.kind()),
              Alarm.word(alarm.response()),
              escape(alarm.message())));
    }
    html.append("</table>\n");
  }

  /** Without secrets: an address of a run may hold user and password. */
  static String escape(String text) {
    return Secrets.masked(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
