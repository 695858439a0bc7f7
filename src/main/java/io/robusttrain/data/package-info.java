/**
 * Images: the record and shard format, decoding, augmentation, the order in which samples are
 * visited, and loading. May import {@code tensor} and {@code schedule}; readers may use Spark.
 */
package io.robusttrain.data;
