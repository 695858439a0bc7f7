/**
 * The checks: each gathers facts in a process and judges them on the driver, purely.
 *
 * <p>In: Facts of a process. Out: Findings with their remedy.
 *
 * <p>Imports {@code base}, {@code data.load}, {@code data.shard}, {@code data.transform}, {@code
 * storage}, {@code tensor}.
 */
package io.robusttrain.doctor.check;
