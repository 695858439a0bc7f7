/**
 * The shard format: image sets in Parquet as the Hugging Face hub lays them out, their checksums
 * and their audit.
 *
 * <p>In: A folder on a Hadoop file system. Out: Encoded samples by id, each block verified.
 *
 * <p>Imports {@code base}, {@code data}, {@code data.image}.
 */
package io.robusttrain.data.shard;
