package io.robusttrain.evaluate.result;

/**
 * A reason to doubt the number.
 *
 * @param code for programs, such as {@code zero-gradients}
 * @param text for people
 */
public record Flag(String code, String text) {}
