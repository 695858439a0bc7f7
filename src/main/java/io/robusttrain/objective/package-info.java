/**
 * What training minimises: losses over clean and adversarial samples, targets and smoothing. May
 * import {@code attack}, {@code schedule}, {@code tensor} and the interfaces of {@code model}.
 */
package io.robusttrain.objective;
