/**
 * Robust accuracy as a Spark job: runs a plan through its clean stage, its checks and its attacks
 * to the result.
 *
 * <p>In: A plan and a Spark context. Out: An output directory with eval.json.
 *
 * <p>Imports {@code attack}, {@code base}, {@code checkpoint.card}, {@code data.shard}, {@code
 * evaluate.plan}, {@code evaluate.result}, {@code evaluate.run}, {@code model}, {@code
 * report.figure}, {@code report.page}, {@code storage}, {@code tensor}.
 */
package io.robusttrain.evaluate;
