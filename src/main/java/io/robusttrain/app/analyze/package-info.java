/**
 * RobustAnalyze: its command line, and the analyses on the cluster that spark-submit names.
 *
 * <p>In: Arguments. Out: Tables and figures, an exit code.
 *
 * <p>Imports {@code analysis}, {@code app}, {@code app.cli}, {@code app.eval}, {@code attack},
 * {@code evaluate.plan}, {@code evaluate.result}, {@code evaluate.run}, {@code model}, {@code run}.
 */
package io.robusttrain.app.analyze;
