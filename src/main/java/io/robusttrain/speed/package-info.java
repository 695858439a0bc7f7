/**
 * How fast a training step is on this machine, and where its time goes. Drives any {@code engine}
 * with the workers of {@code train} on synthetic images. May import the rooms that compute, {@code
 * engine}, {@code train} and {@code report}; neither Spark nor BigDL.
 */
package io.robusttrain.speed;
