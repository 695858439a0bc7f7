/**
 * What is published about the robustness of models that are known here.
 *
 * <p>In: A name. Out: Architecture, normalisation, protocol, figures and their source.
 *
 * <p>Imports {@code base}.
 */
package io.robusttrain.evaluate.published;
