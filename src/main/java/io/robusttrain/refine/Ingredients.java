package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * Models of one kind, of which an average can be made: one architecture, one list of classes, one
 * preprocessing with its normalisation. Immutable.
 */
public final class Ingredients {
  private final List<Ingredient> all;
  private final Configuration hadoop;

  private Ingredients(List<Ingredient> all, Configuration hadoop) {
    this.all = List.copyOf(all);
    this.hadoop = hadoop;
  }

  /**
   * Reads models and compares them.
   *
   * @param paths model files, run directories or checkpoint directories, two or more
   * @param hadoop names the file systems
   * @throws EvaluationException if there are too few, one is not there, or two are the same
   * @throws CheckpointException if one is damaged or of another kind; the message names every
   *     difference
   */
  public static Ingredients open(List<String> paths, Configuration hadoop) throws IOException {
    if (paths.size() < 2) {
      throw new EvaluationException(
          "an average needs two models or more, %d was named".formatted(paths.size()));
    }
    List<Ingredient> opened = new ArrayList<>();
    Map<String, String> seen = new HashMap<>();
    for (String path : paths) {
      Ingredient ingredient = Ingredient.open(path, hadoop);
      String same = seen.put(ingredient.digest(), path);
      if (same != null) {
        throw new EvaluationException(
            "%s and %s have the same weights; name a model once, and give it more weight with --weights"
                .formatted(same, path));
      }
      opened.add(ingredient);
    }
    requirePlain(opened.get(0));
    requireAlike(opened);
    return new Ingredients(opened, hadoop);
  }

  private static void requirePlain(Ingredient first) {
    if (first.card().architecture().arguments().containsKey(ModelOptions.MEAN_SPARSE)) {
      throw new CheckpointException(
          "%s holds statistics of its activations, which an average does not have. Average the models first and sparsify the average."
              .formatted(first.path()));
    }
  }

  private static void requireAlike(List<Ingredient> opened) {
    Ingredient first = opened.get(0);
    List<String> texts = new ArrayList<>();
    for (Ingredient other : opened.subList(1, opened.size())) {
      List<String> differences = first.differences(other);
      if (!differences.isEmpty()) {
        texts.add("in %s, %s".formatted(other.path(), String.join("; ", differences)));
      }
    }
    if (!texts.isEmpty()) {
      throw new CheckpointException(
          "an average needs models of one architecture, one list of classes and one preprocessing; compared with %s: %s. Leave out what differs."
              .formatted(first.path(), String.join(". And ", texts)));
    }
  }

  /** How many there are. */
  public int size() {
    return all.size();
  }

  /** The network of all of them, without normalisation. */
  public Architecture network() {
    return all.get(0).network();
  }

  /** Where the first model is; all have its kind. */
  public String first() {
    return all.get(0).path();
  }

  String path(int number) {
    return all.get(number).path();
  }

  ModelCard card(int number) {
    return all.get(number).card();
  }

  /** Paths and digests, in order. */
  ArrayNode json() {
    ArrayNode json = Json.array();
    all.forEach(
        ingredient ->
            json.addObject().put("path", ingredient.path()).put("sha256", ingredient.digest()));
    return json;
  }

  /**
   * The weighted mean of some of the models. Batch norm's running statistics are averaged like all
   * else, which is no more than a beginning.
   *
   * @param weights one for each model of {@code numbers}
   */
  float[] mean(List<Integer> numbers, List<Double> weights) throws IOException {
    WeightedMean mean = new WeightedMean(network().layout().size());
    for (int i = 0; i < numbers.size(); i++) {
      mean.add(all.get(numbers.get(i)).weights(hadoop), weights.get(i));
    }
    return mean.mean();
  }

  /**
   * Asks whether all files record an FGSM accuracy that was measured alike.
   *
   * @throws EvaluationException if not
   */
  void requireRecordedAccuracy() {
    for (Ingredient ingredient : all) {
      Scores first = scores(all.get(0));
      Scores scores = scores(ingredient);
      if (scores.epsilon() != first.epsilon() || scores.images() != first.images()) {
        throw new EvaluationException(
            "the greedy average tries the most robust model first, but %s was validated on %d images at epsilon %s and %s on %d at %s; name models that were validated alike, or give --weights"
                .formatted(
                    all.get(0).path(),
                    first.images(),
                    first.epsilon(),
                    ingredient.path(),
                    scores.images(),
                    scores.epsilon()));
      }
    }
    for (int i = 1; i < all.size(); i++) {
      // Each with each: the first may be of a release that says less.
      for (Ingredient before : all.subList(0, i)) {
        requireSameImages(before, all.get(i));
      }
    }
  }

  /** By the first fact that both files have; files that have none are taken at their counts. */
  private static void requireSameImages(Ingredient one, Ingredient other) {
    Map<String, String> facts = one.card().provenance().facts();
    Map<String, String> others = other.card().provenance().facts();
    Optional<String> known =
        Stream.of(Provenance.VALIDATION, Provenance.DATA)
            .filter(fact -> facts.containsKey(fact) && others.containsKey(fact))
            .findFirst();
    if (known.isPresent() && !facts.get(known.get()).equals(others.get(known.get()))) {
      throw new EvaluationException(
          "the greedy average tries the most robust model first, but %s and %s were validated on other images, by %s in their files; name models that were validated on the same ones, or give --weights"
              .formatted(one.path(), other.path(), known.get()));
    }
  }

  /**
   * The numbers of the models, the most robust first: by the FGSM accuracy that their files record;
   * of equal ones the first named first.
   */
  List<Integer> byRecordedAccuracy() {
    return IntStream.range(0, all.size())
        .boxed()
        .sorted(Comparator.comparingDouble(number -> -scores(all.get(number)).fgsmTop1()))
        .toList();
  }

  private static Scores scores(Ingredient ingredient) {
    Optional<Scores> scores = ingredient.card().scores();
    return scores.orElseThrow(
        () ->
            new EvaluationException(
                "the greedy average tries the most robust model first, but %s was never validated; name models that were, or give --weights"
                    .formatted(ingredient.path())));
  }

  /** What all of some models say of where they come from. */
  SortedMap<String, String> commonFacts(List<Integer> numbers) {
    SortedMap<String, String> facts = new TreeMap<>(card(numbers.get(0)).provenance().facts());
    for (int number : numbers) {
      facts.entrySet().retainAll(card(number).provenance().facts().entrySet());
    }
    return facts;
  }
}
