/**
 * Threat models and attacks: every attack works on pixels in [0,1]. May import {@code tensor} and
 * the interfaces of {@code model}.
 */
package io.robusttrain.attack;
