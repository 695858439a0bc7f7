package io.robusttrain.analysis;

import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationListener;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Where one model is looked at.
 *
 * @param spark a running context
 * @param partitions into which the blocks of a stage are grouped; empty: each is a task of its own
 * @param listener hears of stages and warnings
 * @param folder where outcomes of this model go
 */
public record Bench(
    JavaSparkContext spark,
    OptionalInt partitions,
    EvaluationListener listener,
    EvaluationFolder folder) {}
