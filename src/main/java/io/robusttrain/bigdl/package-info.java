/**
 * Training through BigDL's DistriOptimizer: the only room that imports BigDL. BigDL schedules and
 * reduces; what it trains hides behind the engine's seam.
 *
 * <p>In: A worker factory and a Spark context. Out: The engine's promises.
 *
 * <p>Imports {@code cluster}, {@code engine}, {@code tensor}.
 */
package io.robusttrain.bigdl;
