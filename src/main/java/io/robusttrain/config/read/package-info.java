/**
 * Files and command lines to a configuration and back, every problem at once; what a run may change
 * when it goes on.
 *
 * <p>In: HOCON files and key=value. Out: A RunConfig or a ConfigException; HOCON without secrets.
 *
 * <p>Imports {@code attack}, {@code base}, {@code config}, {@code config.check}, {@code
 * config.value}.
 */
package io.robusttrain.config.read;
