/**
 * What every room of images throws when input is bad.
 *
 * <p>In: A message that says what is wrong, where, and the remedy. Out: Exit code 3.
 *
 * <p>Imports nothing of ours.
 */
package io.robusttrain.data;
