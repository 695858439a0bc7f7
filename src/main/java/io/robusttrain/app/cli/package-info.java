/**
 * The parts of command lines: options that several commands have, subcommands, what turns a failure
 * into a message and an exit code.
 *
 * <p>In: Arguments. Out: Values for the commands.
 *
 * <p>Imports {@code app}, {@code base}, {@code config}, {@code config.read}, {@code data.shard},
 * {@code model}, {@code model.family}, {@code tensor}.
 */
package io.robusttrain.app.cli;
