package io.robusttrain.app.analyze;

import io.robusttrain.evaluate.plan.SubjectRequest;
import java.util.List;
import java.util.OptionalInt;

/**
 * What is looked at, and where the result goes.
 *
 * @param subject the model, or a run whose kept epochs are meant, with its images
 * @param epochs kept epochs of the run: numbers, or {@code all} alone; empty: the model itself
 * @param output the directory of the result
 * @param partitions into which blocks are grouped; empty: each is a task of its own
 */
public record AnalyzeRequest(
    SubjectRequest subject, List<String> epochs, String output, OptionalInt partitions) {}
