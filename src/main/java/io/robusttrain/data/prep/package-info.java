/**
 * Data preparation: importers that list the images of a source, the plan that shuffles them over
 * shards, the Spark tasks that check and write them, and the drawn image set. Importers only list;
 * image bytes are read where they are written, one row group at a time. May import {@code
 * io.robusttrain.data} and Spark.
 */
package io.robusttrain.data.prep;
