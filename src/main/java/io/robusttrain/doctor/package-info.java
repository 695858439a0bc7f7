/**
 * One round through the driver and all executors of a cluster, for what would fail later.
 *
 * <p>In: What a run demands. Out: A report of findings.
 *
 * <p>Imports {@code base}, {@code bigdl}, {@code cluster}, {@code data.shard}, {@code
 * doctor.check}, {@code engine}, {@code storage}.
 */
package io.robusttrain.doctor;
