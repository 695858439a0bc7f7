/**
 * Looks at the driver and at every executor for what would fail later: Java, native libraries,
 * cores, memory, the run directory's file system, data, clocks, network, Spark's settings. Each
 * check gathers facts in a process and judges them on the driver, purely. May import {@code
 * tensor}, {@code data}, {@code checkpoint} and, for the network as training uses it, {@code
 * bigdl}; runs Spark jobs.
 */
package io.robusttrain.doctor;
