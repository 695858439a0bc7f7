/**
 * RobustDoctor on the cluster that spark-submit names, or on this machine.
 *
 * <p>In: Arguments. Out: A report, an exit code.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code config}, {@code config.value}, {@code data},
 * {@code doctor}, {@code doctor.check}, {@code train.plan}.
 */
package io.robusttrain.app.doctor;
