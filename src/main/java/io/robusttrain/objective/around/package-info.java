/**
 * Objectives around another one, which change how it sees a step.
 *
 * <p>In: An objective. Out: An objective.
 *
 * <p>Imports {@code model}, {@code objective}.
 */
package io.robusttrain.objective.around;
