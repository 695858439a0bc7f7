/**
 * Data preparation: a plan that shuffles listed images over shards, the Spark tasks that check and
 * write them, and the folder that appears when all is complete.
 *
 * <p>In: What an importer lists. Out: A data set in Parquet with its checksums, or nothing.
 *
 * <p>Imports {@code base}, {@code data}, {@code data.image}, {@code data.prep.source}, {@code
 * data.shard}.
 */
package io.robusttrain.data.prep;
