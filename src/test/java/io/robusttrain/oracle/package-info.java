/**
 * What numeric tests compare with, and the arithmetic that they compare in: readers of recorded
 * reference values, threads and instruction sets. Imports {@code tensor} alone.
 */
package io.robusttrain.oracle;
