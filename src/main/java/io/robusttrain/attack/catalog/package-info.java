/**
 * The evaluation attacks by name, and AutoAttack, which runs several of them on what is still
 * standing.
 *
 * <p>In: A name and a threat model. Out: An attack, or a message with the nearest names.
 *
 * <p>Imports {@code attack}, {@code attack.apgd}, {@code attack.fab}, {@code attack.pgd}, {@code
 * attack.square}, {@code base}.
 */
package io.robusttrain.attack.catalog;
