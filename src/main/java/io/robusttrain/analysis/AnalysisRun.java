package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.analysis.Analysis.Bench;
import io.robusttrain.analysis.Analysis.Report;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.evaluate.run.ImageFiles;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Looks at one model after the other, then tells of all. Everything that was committed by an
 * earlier process with the same plan is taken as it is.
 */
public final class AnalysisRun {
  private static final String RESULT = "result.json";

  private final Analysis analysis;
  private final List<AnalysedModel> models;
  private final AnalysisOutput output;
  private final EvaluationListener listener;

  /**
   * An analysis; nothing is computed yet.
   *
   * @param models at least one, no name twice
   * @param output claimed for this analysis of these models
   * @param listener hears of stages and warnings
   */
  public AnalysisRun(
      Analysis analysis,
      List<AnalysedModel> models,
      AnalysisOutput output,
      EvaluationListener listener) {
    this.analysis = analysis;
    this.models = List.copyOf(models);
    this.output = output;
    this.listener = listener;
  }

  /**
   * Computes what is missing and writes the result.
   *
   * @param spark a running context; the caller closes it
   * @param partitions into which the blocks of a stage are grouped; empty: each is a task of its
   *     own. The result does not depend on it
   * @return the lines for the screen
   * @throws io.robusttrain.evaluate.result.CleanAccuracyException if the clean accuracy of a model
   *     is not its checkpoint's
   */
  public List<String> run(JavaSparkContext spark, OptionalInt partitions) throws IOException {
    Optional<List<String>> finished = output.lines();
    if (finished.isPresent()) {
      return finished.get();
    }
    NativeRuntime.load();
    List<JsonNode> results = new ArrayList<>();
    for (AnalysedModel model : models) {
      results.add(look(model, spark, partitions));
    }
    Report report = analysis.report(results);
    output.write(analysis, results, report);
    return report.lines();
  }

  private ObjectNode look(AnalysedModel model, JavaSparkContext spark, OptionalInt partitions)
      throws IOException {
    EvaluationFolder folder = output.model(model.name());
    Optional<ObjectNode> before = folder.readJson(RESULT);
    ObjectNode result =
        before.isPresent()
            ? before.get()
            : analysis.look(
                model.source().read(), new Bench(spark, partitions, heardOf(model), folder));
    result.put("name", model.name());
    model.epoch().ifPresent(epoch -> result.put("epoch", epoch));
    if (before.isEmpty()) {
      folder.writeJson(RESULT, result);
    }
    // The decoded images have served.
    folder.remove(ImageFiles.DIRECTORY);
    return result;
  }

  private EvaluationListener heardOf(AnalysedModel model) {
    return models.size() == 1 ? listener : new OneOfSeveral(listener, model.name());
  }

  /** Hears of one of several models, and says in warnings which one it is. */
  private record OneOfSeveral(EvaluationListener all, String model) implements EvaluationListener {
    @Override
    public void progress(Stage stage) {
      all.progress(stage);
    }

    @Override
    public void finished(Stage stage) {
      all.finished(stage);
    }

    @Override
    public void warning(String text) {
      all.warning(model + ": " + text);
    }
  }
}
