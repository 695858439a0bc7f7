package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.analysis.Analysis.Report;
import io.robusttrain.base.Sha256;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.run.EvaluationFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/** Finished analyses of one kind side by side: their tables in one, their curves in one figure. */
public final class AnalysisComparison {
  private AnalysisComparison() {}

  /**
   * Writes tables, figures and {@code analysis.json} of all.
   *
   * @param analyses output directories of finished analyses by name, at least one
   * @param output the directory of the result, which must be free or hold this very comparison
   * @param hadoop names the file systems
   * @return the lines for the screen
   * @throws EvaluationException if one is not finished, or was asked something else than the first,
   *     or the directory of the result belongs to another work
   */
  public static List<String> write(
      Map<String, String> analyses, String output, Configuration hadoop) throws IOException {
    Map<String, ObjectNode> results = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : analyses.entrySet()) {
      results.put(entry.getKey(), read(entry.getValue(), hadoop));
    }
    Map.Entry<String, ObjectNode> first = results.entrySet().iterator().next();
    Analysis analysis = Settings.analysis(first.getValue());
    List<JsonNode> models = new ArrayList<>();
    TreeSet<String> images = new TreeSet<>();
    ObjectNode identity = analysis.settings();
    for (Map.Entry<String, ObjectNode> result : results.entrySet()) {
      requireSame(first.getKey(), analysis, result.getKey(), Settings.analysis(result.getValue()));
      identity.put("comparison of " + result.getKey(), Sha256.of(result.getValue().toString()));
      for (JsonNode model : result.getValue().path("models")) {
        ObjectNode named = model.deepCopy();
        named.put("run", result.getKey());
        named.put("name", result.getKey() + " " + model.path("name").asText());
        models.add(named);
        // Not their pixels: models of other sizes see the same images at theirs.
        JsonNode data = model.path("data");
        images.add(data.path("sha256").asText() + data.path("samples_sha256").asText());
      }
    }
    Report report = analysis.report(models);
    List<String> lines = new ArrayList<>(report.lines());
    if (images.size() > 1) {
      lines.add("warning: not the same images");
    }
    AnalysisOutput.claim(EvaluationFolder.at(output, hadoop), identity)
        .write(
            analysis,
            models,
            new Report(report.findings(), report.files(), report.figures(), lines));
    return lines;
  }

  private static ObjectNode read(String path, Configuration hadoop) throws IOException {
    return AnalysisOutput.of(EvaluationFolder.at(path, hadoop))
        .result()
        .orElseThrow(
            () ->
                new EvaluationException(
                    "there is no finished analysis at %s; name the --output of one"
                        .formatted(path)));
  }

  private static void requireSame(String first, Analysis one, String second, Analysis other) {
    List<String> differences = Requirements.differences(one.settings(), other.settings());
    if (!differences.isEmpty()) {
      throw new EvaluationException(
          "%s and %s were asked different things: %s; repeat one of them with the settings of the other"
              .formatted(first, second, String.join(", ", differences)));
    }
  }
}
