package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.report.figure.Figure;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;

/** A look at models. Implementations are immutable. */
public interface Analysis {
  /** The field of a look that the report needs and {@code analysis.json} leaves out: it is long. */
  String BULK = "bulk";

  /** The command of {@code RobustAnalyze}. */
  String word();

  /** Everything beside models and images that the result depends on, as names and values. */
  ObjectNode settings();

  /**
   * Refuses models that the analysis cannot look at, before anything is started.
   *
   * @throws io.robusttrain.evaluate.plan.EvaluationException if it cannot
   */
  default void check(Subject subject) {}

  /**
   * Looks at one model.
   *
   * @param bench what was committed there is taken as it is
   * @return what the report needs to know
   */
  ObjectNode look(Subject subject, Bench bench) throws IOException;

  /**
   * What is told of all models.
   *
   * @param models as {@link #look} gave them, with {@code name} and, of kept weights, {@code epoch}
   */
  Report report(List<JsonNode> models) throws IOException;

  /**
   * Where one model is looked at.
   *
   * @param spark a running context
   * @param partitions into which the blocks of a stage are grouped; empty: each is a task of its
   *     own
   * @param listener hears of stages and warnings
   * @param folder where outcomes of this model go
   */
  record Bench(
      JavaSparkContext spark,
      OptionalInt partitions,
      EvaluationListener listener,
      EvaluationFolder folder) {}

  /**
   * What an analysis tells.
   *
   * @param findings fields of {@code analysis.json} beside the models
   * @param files names and contents of tables and figures
   * @param figures those of the files that are curves, for the page
   * @param lines for the screen
   */
  record Report(
      ObjectNode findings, Map<String, byte[]> files, List<Figure> figures, List<String> lines) {
    /** Without curves. */
    Report(ObjectNode findings, Map<String, byte[]> files, List<String> lines) {
      this(findings, files, List.of(), lines);
    }
  }
}
