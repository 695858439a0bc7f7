/**
 * Training by collectives of c10d between workers in one barrier stage of Spark: the only room that
 * knows c10d. Workers meet, exchange slices from memory to memory, and report each step to the
 * driver over a line of their own, which also tells them how far they may go.
 *
 * <p>In: A worker factory and a Spark context. Out: The engine's promises.
 *
 * <p>Imports {@code base}, {@code cluster}, {@code engine}, {@code tensor}.
 */
package io.robusttrain.collective;
