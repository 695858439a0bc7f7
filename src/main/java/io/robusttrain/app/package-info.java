/** Turns arguments and configuration into runs; exit codes. May import everything. */
package io.robusttrain.app;
