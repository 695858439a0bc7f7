/**
 * How fast a training step and the evaluation's attacks are on this machine, and where their time
 * goes. Drives any {@code engine} with the workers of {@code train} on synthetic images, and the
 * attacks of {@code attack} without one. May import the rooms that compute, {@code engine}, {@code
 * train} and {@code report}; neither Spark nor BigDL.
 */
package io.robusttrain.speed;
