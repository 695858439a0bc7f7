package io.robusttrain.analysis;

import java.util.OptionalInt;

/**
 * A model under analysis.
 *
 * @param name of its directory and in figures; no two models of an analysis have the same
 * @param epoch after which its weights were kept, counted from 1; empty if they are no kept ones
 * @param source of the model with its images
 */
public record AnalysedModel(String name, OptionalInt epoch, SubjectSource source) {}
