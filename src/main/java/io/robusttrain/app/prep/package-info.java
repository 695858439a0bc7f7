/**
 * RobustPrep: one subcommand for each kind of source, preview and verify.
 *
 * <p>In: Arguments. Out: A data set, an exit code.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code attack}, {@code base}, {@code
 * checkpoint.tensors}, {@code config}, {@code config.read}, {@code config.value}, {@code data},
 * {@code data.image}, {@code data.load}, {@code data.prep}, {@code data.prep.source}, {@code
 * data.shard}, {@code data.transform}, {@code report}, {@code train}.
 */
package io.robusttrain.app.prep;
