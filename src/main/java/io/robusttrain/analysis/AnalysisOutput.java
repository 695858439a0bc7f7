package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.analysis.Analysis.Report;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.report.page.AnalysisPage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * The output directory of one analysis: {@code plan.json}, a directory for each model under {@code
 * models}, and at the end tables, figures, {@code analysis.html} and, last of all, {@code
 * analysis.json}, which is whole or absent.
 */
public final class AnalysisOutput {
  private static final String RESULT = "analysis.json";
  private static final String PAGE = "analysis.html";

  private final EvaluationFolder folder;

  private AnalysisOutput(EvaluationFolder folder) {
    this.folder = folder;
  }

  /**
   * Takes a directory for an analysis, or takes it up again.
   *
   * @throws io.robusttrain.evaluate.plan.EvaluationException if it belongs to another one; the
   *     message lists the differences
   */
  public static AnalysisOutput claim(
      EvaluationFolder folder, Analysis analysis, List<AnalysedModel> models) throws IOException {
    ObjectNode identity = analysis.settings();
    for (AnalysedModel model : models) {
      model
          .source()
          .identity()
          .fields()
          .forEachRemaining(
              field -> identity.set(model.name() + " " + field.getKey(), field.getValue()));
    }
    folder.claim("analysis", identity);
    return new AnalysisOutput(folder);
  }

  /**
   * Takes a directory for a comparison of analyses, or for the same one again.
   *
   * @param identity everything that its tables depend on, as names and values
   * @throws io.robusttrain.evaluate.plan.EvaluationException if it belongs to another work; the
   *     message lists the differences
   */
  static AnalysisOutput claim(EvaluationFolder folder, ObjectNode identity) throws IOException {
    folder.claim("work", identity);
    return new AnalysisOutput(folder);
  }

  /** The directory of an analysis, claimed or not. */
  static AnalysisOutput of(EvaluationFolder folder) {
    return new AnalysisOutput(folder);
  }

  /** The content of {@code analysis.json}; empty if the analysis is not finished. */
  Optional<ObjectNode> result() throws IOException {
    return folder.readJson(RESULT);
  }

  /** The lines that a finished analysis has shown; empty if it is not finished. */
  public Optional<List<String>> lines() throws IOException {
    return result().map(AnalysisOutput::lines);
  }

  private static List<String> lines(JsonNode result) {
    return StreamSupport.stream(result.path("summary").spliterator(), false)
        .map(JsonNode::asText)
        .toList();
  }

  /** Where the outcomes of a model go. */
  EvaluationFolder model(String name) {
    return folder.child("models/" + name);
  }

  /** Writes what an analysis tells, {@code analysis.json} last. */
  void write(Analysis analysis, List<JsonNode> models, Report report) throws IOException {
    for (Map.Entry<String, byte[]> file : report.files().entrySet()) {
      folder.write(file.getKey(), file.getValue());
    }
    ObjectNode result = Json.object();
    result.put("format", "robusttrain-analysis").put("version", 1);
    result.setAll(analysis.settings());
    result.setAll(report.findings());
    ArrayNode all = result.putArray("models");
    for (JsonNode model : models) {
      ObjectNode shown = model.deepCopy();
      shown.remove(Analysis.BULK);
      all.add(shown);
    }
    result.set("files", Json.node(List.copyOf(report.files().keySet())));
    result.set("summary", Json.node(report.lines()));
    String page = new AnalysisPage(result, report.files(), report.figures()).render();
    folder.write(PAGE, page.getBytes(StandardCharsets.UTF_8));
    folder.writeJson(RESULT, result);
  }
}
