/**
 * Optimisers that update a slice of the flat parameter vector. May import {@code tensor} and {@code
 * schedule}.
 */
package io.robusttrain.optim;
