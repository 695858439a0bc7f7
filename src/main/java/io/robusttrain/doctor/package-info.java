/**
 * One round through the driver and all executors of a cluster, for what would fail later.
 *
 * <p>In: What a run demands. Out: A report of findings.
 *
 * <p>Imports {@code base}, {@code bigdl}, {@code data.shard}, {@code doctor.check}, {@code
 * storage}.
 */
package io.robusttrain.doctor;
