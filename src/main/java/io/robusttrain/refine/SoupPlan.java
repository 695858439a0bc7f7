package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.Subject;
import java.util.List;
import java.util.Optional;

/**
 * What is averaged and how, checked before anything is computed.
 *
 * @param ingredients the models
 * @param weights one for each model, above 0; only their shares count. All 1 for a greedy search
 * @param judge by what a greedy search decides; empty: all models are averaged
 * @param statistics images on which batch norms are measured; empty if the models have none
 */
public record SoupPlan(
    Ingredients ingredients,
    List<Double> weights,
    Optional<Judge> judge,
    Optional<Subject> statistics) {
  /**
   * By what a greedy search decides.
   *
   * @param images with any of the models
   * @param attack on them
   */
  public record Judge(Subject images, AttackRequest attack) {}

  /** Checks weights, batch norms, and what a greedy search goes by. */
  public SoupPlan {
    weights = List.copyOf(weights);
    if (weights.size() != ingredients.size()) {
      throw new EvaluationException(
          "--weights: %s for %s; give one for each, in their order"
              .formatted(
                  Figures.counted(weights.size(), "weight"),
                  Figures.counted(ingredients.size(), "model")));
    }
    for (double weight : weights) {
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new EvaluationException(
            "--weights: a weight is a number above 0, not %s; leave a model out that shall not count"
                .formatted(weight));
      }
    }
    if (Double.isInfinite(weights.stream().mapToDouble(Double::doubleValue).sum())) {
      throw new EvaluationException(
          "--weights: their sum is beyond all numbers; only their shares count, so give smaller ones");
    }
    if (judge.isPresent()) {
      ingredients.requireRecordedAccuracy();
    }
    int norms = ingredients.network().batchNorms().size();
    if (norms > 0 && statistics.isEmpty()) {
      throw new EvaluationException(
          "%s has %s, whose running statistics an average of weights does not have: they are measured anew on images. Name the data set that the models were trained on with --data"
              .formatted(ingredients.network().name(), Figures.counted(norms, "batch norm")));
    }
    if (norms == 0) {
      statistics = Optional.empty();
    }
  }

  /** Whether images pass through models. */
  public boolean needsImages() {
    return judge.isPresent() || statistics.isPresent();
  }

  /** What kind of average it is. */
  String words() {
    if (judge.isPresent()) {
      return "greedy, of " + Figures.counted(ingredients.size(), "model");
    }
    boolean uniform = weights.stream().distinct().count() == 1;
    return (uniform ? "uniform" : "weighted")
        + ", of "
        + Figures.counted(ingredients.size(), "model");
  }

  /** Everything that the result depends on, as names and values. */
  ObjectNode identity() {
    ObjectNode identity =
        Json.object()
            .put("choice", words())
            .put("models", ingredients.json().toString())
            .put("weights", weights.toString());
    statistics.ifPresent(
        images -> identity.put("batch_norm", Subjects.fingerprint(images, BatchNormTask.STAGE)));
    judge.ifPresent(
        judge ->
            identity.put(
                "judge", EvaluationPlanner.plan(judge.images(), judge.attack()).fingerprint()));
    return identity;
  }
}
