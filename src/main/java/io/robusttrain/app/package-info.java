/**
 * What all commands share: exit codes, errors, what spark-submit's settings say, versions, masked
 * output.
 *
 * <p>In: The process's arguments and environment. Out: A Spark session, an exit code.
 *
 * <p>Imports {@code base}, {@code checkpoint.card}, {@code checkpoint.tensors}, {@code config},
 * {@code config.value}, {@code data}, {@code data.image}, {@code data.shard}, {@code doctor},
 * {@code model}, {@code run}, {@code storage}, {@code tensor}, {@code train}, {@code train.plan},
 * {@code train.recovery}.
 */
package io.robusttrain.app;
