package io.robusttrain.evaluate;

/**
 * A reason to doubt the number.
 *
 * @param code for programs, such as {@code zero-gradients}
 * @param text for people
 */
record Flag(String code, String text) {}
