package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A loss or gradient that was not finite. The whole step is then skipped on every worker: weights,
 * moments and statistics stay as they are.
 *
 * @param step counted from 0 over the whole run
 * @param part the number of the micro-batch in its step, or -1 if none of them alone is at fault
 * @param origin where the first value that is not finite came from, such as the name of a layer
 */
public record StepFault(long step, int part, String origin) implements Serializable {}
