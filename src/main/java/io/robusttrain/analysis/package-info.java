/**
 * What the XCiT robustness paper looks at in its Section V: why a model is robust, and whether the
 * attacks that say so are strong enough. Each analysis works in the blocks, stages and commits of
 * {@code RobustEval}.
 *
 * <p>In: Models with their images, an analysis. Out: An output directory with analysis.json, CSV
 * tables and figures.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code base}, {@code data.prep}, {@code
 * data.prep.source}, {@code data.shard}, {@code data.transform}, {@code evaluate}, {@code
 * evaluate.plan}, {@code evaluate.result}, {@code evaluate.run}, {@code model}, {@code report},
 * {@code report.figure}, {@code report.page}, {@code tensor}.
 */
package io.robusttrain.analysis;
