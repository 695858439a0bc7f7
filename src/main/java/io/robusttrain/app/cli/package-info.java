/**
 * What the command lines of all commands share: how one is run, the options that several have, and
 * what is said about wrong usage. Comes in: arguments. Goes out: an exit code, and text for screens.
 * Knows {@code app} and {@code config}; no command.
 */
package io.robusttrain.app.cli;
