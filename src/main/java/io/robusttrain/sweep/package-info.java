/**
 * What a sweep file asks for, run by run, and the table of what came out. Starts nothing itself.
 * May import {@code config}, {@code report} and {@code checkpoint}'s storage.
 */
package io.robusttrain.sweep;
