/**
 * RobustEval: its command line, and the evaluation on the cluster that spark-submit names.
 *
 * <p>In: Arguments. Out: A result, an exit code.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code attack}, {@code base}, {@code config}, {@code
 * config.read}, {@code config.value}, {@code data.image}, {@code evaluate}, {@code evaluate.plan},
 * {@code evaluate.published}, {@code evaluate.result}, {@code evaluate.run}, {@code model}, {@code
 * pretrained}, {@code report}, {@code tensor}, {@code train.plan}.
 */
package io.robusttrain.app.eval;
