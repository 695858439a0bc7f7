/**
 * What engines on Spark share: one worker on each executor, tasks on all of them one by one or at
 * the same time, which executors are there, what became of the others, and the last step among
 * Spark's metrics.
 *
 * <p>In: A Spark context, a worker factory. Out: Answers of workers, or the outage or failure that
 * there was instead.
 *
 * <p>Imports {@code engine}, {@code tensor}.
 */
package io.robusttrain.cluster;
