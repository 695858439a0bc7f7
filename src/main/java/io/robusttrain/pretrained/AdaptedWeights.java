package io.robusttrain.pretrained;

/**
 * Weights in an architecture's layout, and what was done to get them there.
 *
 * @param values the flat vector (P), running statistics included, as {@link
 *     io.robusttrain.model.Architecture#layout()} has it; not a copy, the caller's to keep or
 *     change
 * @param report what was renamed, converted, resized, initialised anew, skipped
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record AdaptedWeights(float[] values, AdaptationReport report) {}
