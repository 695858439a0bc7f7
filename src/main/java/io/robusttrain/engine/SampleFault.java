package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A sample of a step that could not be used; another stands in for it, so the step is whole.
 *
 * @param sample its number in its set
 * @param problem where it lies, what is wrong with it and the remedy
 */
public record SampleFault(long sample, String problem) implements Serializable {}
