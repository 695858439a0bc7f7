package io.robusttrain.refine;

import io.robusttrain.evaluate.run.EvaluationListener;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Where blocks of images are computed.
 *
 * @param spark a running context; the caller closes it
 * @param partitions into which the blocks of a stage are grouped; empty: each is a task of its own.
 *     Results do not depend on it
 * @param listener hears of stages and warnings
 */
public record Bench(JavaSparkContext spark, OptionalInt partitions, EvaluationListener listener) {}
