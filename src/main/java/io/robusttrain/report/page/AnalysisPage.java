package io.robusttrain.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Figures;
import io.robusttrain.report.figure.Figure;
import io.robusttrain.report.page.Table.Look;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * {@code analysis.html}: an analysis for people.
 *
 * @param result the content of {@code analysis.json}
 * @param files tables as CSV, which are shown as they are, and so are pictures that are no figures
 * @param figures become charts
 */
public record AnalysisPage(JsonNode result, Map<String, byte[]> files, List<Figure> figures) {
  private static final String PNG = ".png";
  private static final int MOST_LINES = 400;

  public AnalysisPage {
    files = new LinkedHashMap<>(files);
    figures = List.copyOf(figures);
  }

  /** The whole page. */
  public String render() {
    Page page = new Page("Analysis: " + result.path("analysis").asText());
    warnings(page);
    page.section("Summary");
    page.text(
        StreamSupport.stream(result.path("summary").spliterator(), false)
            .map(JsonNode::asText)
            .collect(Collectors.joining("\n")));
    if (!figures.isEmpty()) {
      page.section("Figures").charts(figures.stream().map(Chart::of).toList());
    }
    pictures(page);
    tables(page);
    page.section("Provenance").table(settings()).table(models());
    return page.render();
  }

  /** Each warning once, with the models that it is about. */
  private void warnings(Page page) {
    Map<String, List<String>> models = new LinkedHashMap<>();
    for (JsonNode model : result.path("models")) {
      for (JsonNode flag : model.path("flags")) {
        models
            .computeIfAbsent(flag.path("text").asText(), text -> new ArrayList<>())
            .add(model.path("name").asText());
      }
    }
    boolean one = result.path("models").size() == 1;
    models.forEach(
        (text, names) -> page.warning(one ? text : String.join(", ", names) + ": " + text));
  }

  /** The pictures that are no drawings of curves. */
  private void pictures(Page page) {
    List<String> names =
        files.keySet().stream()
            .filter(name -> name.endsWith(PNG) && !name.contains("/"))
            .filter(name -> !files.containsKey(name.replace(PNG, ".svg")))
            .toList();
    if (names.isEmpty()) {
      return;
    }
    page.section("Pictures");
    for (String name : names) {
      String words = name.replace(PNG, "").replace('_', ' ');
      page.heading(words).picture(words, files.get(name));
    }
  }

  private void tables(Page page) {
    page.section("Tables");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      if (file.getKey().endsWith(".csv")) {
        String text = new String(file.getValue(), StandardCharsets.UTF_8);
        long lines = text.lines().count();
        String shown = text.lines().limit(MOST_LINES).collect(Collectors.joining("\n"));
        String more =
            lines > MOST_LINES ? "\n... and %d lines more".formatted(lines - MOST_LINES) : "";
        page.foldedText(file.getKey(), shown + more);
      }
    }
  }

  /** What was asked: the fields of one value that the result begins with. */
  private Table settings() {
    Table table = new Table("What was asked").column("of", Look.TEXT).column("value", Look.PROSE);
    result
        .fields()
        .forEachRemaining(
            field -> {
              if (field.getValue().isValueNode()) {
                table.row(field.getKey(), field.getValue().asText());
              }
            });
    return table;
  }

  private Table models() {
    Table table = new Table("Models").column("model", Look.TEXT).column("network", Look.TEXT);
    table.numbers("clean accuracy").column("data", Look.PROSE).column("file", Look.PROSE);
    table.column("SHA-256", Look.HASH);
    for (JsonNode model :
        StreamSupport.stream(result.path("models").spliterator(), false).toList()) {
      JsonNode weights = model.path("model");
      JsonNode data = model.path("data");
      table.row(
          model.path("name").asText(),
          weights.path("name").asText(),
          Figures.percent(model.path("clean_accuracy").asDouble(Double.NaN)),
          "%s of %s: %s"
              .formatted(
                  data.path("split").asText(),
                  data.path("path").asText(),
                  data.path("samples").asText()),
          weights.path("file").asText(),
          weights.path("sha256").asText());
    }
    return table;
  }
}
