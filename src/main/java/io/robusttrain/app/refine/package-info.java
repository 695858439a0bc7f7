/**
 * RobustRefine: its command line, and refinements on the cluster that spark-submit names.
 *
 * <p>In: Arguments. Out: A model file, an exit code.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code app.eval}, {@code attack}, {@code evaluate.plan},
 * {@code evaluate.result}, {@code evaluate.run}, {@code model}, {@code refine}.
 */
package io.robusttrain.app.refine;
