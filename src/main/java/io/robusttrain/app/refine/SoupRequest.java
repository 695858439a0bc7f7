package io.robusttrain.app.refine;

import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.SubjectRequest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is averaged, and where the result goes.
 *
 * @param models two or more
 * @param weights one for each model; empty: equal ones
 * @param statistics images on which batch norms are measured, with the first model
 * @param judged images by which a greedy search decides, with the first model
 * @param attack on these images; empty: no search
 * @param output the directory of the result
 * @param partitions into which blocks are grouped; empty: each is a task of its own
 */
record SoupRequest(
    List<String> models,
    List<Double> weights,
    Optional<SubjectRequest> statistics,
    Optional<SubjectRequest> judged,
    Optional<AttackRequest> attack,
    String output,
    OptionalInt partitions) {
  SoupRequest {
    models = List.copyOf(models);
    weights = List.copyOf(weights);
  }
}
