/**
 * Training through BigDL's DistriOptimizer: the only room that imports BigDL and Scala types. BigDL
 * partitions, schedules and reduces; what it trains hides behind {@code engine}. May import {@code
 * engine} and {@code tensor}.
 */
package io.robusttrain.bigdl;
