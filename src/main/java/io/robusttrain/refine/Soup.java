package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.evaluate.EvaluationOutput;
import io.robusttrain.evaluate.RobustEvaluation;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.EvaluationFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One model whose weights are the average of several models' (Wortsman et al., 2022, "Model soups";
 * Croce et al., 2023, "Seasoning Model Soups for Robustness to Adversarial and Natural Distribution
 * Shifts"): of all with given weights, or of those that a greedy search keeps. The output directory
 * holds {@code model.safetensors}, an ordinary model file, and {@code soup.json}, which says how it
 * was made and is written last.
 */
public final class Soup {
  private static final String RESULT = "soup.json";
  private static final String STATISTICS = "statistics";

  private final SoupPlan plan;
  private final EvaluationFolder folder;

  private Soup(SoupPlan plan, EvaluationFolder folder) {
    this.plan = plan;
    this.folder = folder;
  }

  /** Models that were averaged, and the average. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Average(List<Integer> numbers, List<Double> weights, float[] values) {}

  /** What the greedy search found of an average with one more model. */
  private record Trial(int number, double accuracy, boolean kept) {}

  /**
   * Takes a directory for an average, or takes it up again.
   *
   * @throws io.robusttrain.evaluate.plan.EvaluationException if it belongs to other work, or holds
   *     a model; the message lists the differences
   */
  public static Soup in(EvaluationFolder folder, SoupPlan plan) throws IOException {
    RefinedModel.claim(folder, "average", plan.identity());
    return new Soup(plan, folder);
  }

  /** What the screen shows of a finished average; empty if it is not. */
  public Optional<List<String>> finished() throws IOException {
    return RefinedModel.finished(folder, RESULT);
  }

  /**
   * Averages and writes the model.
   *
   * @param bench where images are computed; may be empty if the plan needs none
   * @return what the screen shows
   */
  public List<String> run(Optional<Bench> bench) throws IOException {
    List<Trial> trials = new ArrayList<>();
    Average average = plan.judge().isPresent() ? greedy(bench.orElseThrow(), trials) : all(bench);
    long updates =
        plan.statistics().map(images -> (long) images.cut(images.count()).blocks()).orElse(0L);
    RefinedModel.write(
        folder, card(average), plan.ingredients().network(), average.values(), updates);
    List<String> lines = lines(average, trials);
    folder.writeJson(RESULT, result(average, trials, lines));
    folder.remove(STATISTICS);
    return lines;
  }

  private Average all(Optional<Bench> bench) throws IOException {
    List<Integer> numbers = IntStream.range(0, plan.ingredients().size()).boxed().toList();
    return average(numbers, plan.weights(), bench);
  }

  /** Wortsman et al., recipe 1: a model stays if the average does not get worse by it. */
  private Average greedy(Bench bench, List<Trial> trials) throws IOException {
    Optional<Average> best = Optional.empty();
    double most = 0;
    for (int number : plan.ingredients().byRecordedAccuracy()) {
      List<Integer> numbers = new ArrayList<>(best.map(Average::numbers).orElse(List.of()));
      numbers.add(number);
      List<Double> equal = Collections.nCopies(numbers.size(), 1.0);
      Average tried = average(numbers, equal, Optional.of(bench));
      double accuracy = accuracy(tried, bench);
      boolean kept = best.isEmpty() || accuracy >= most;
      trials.add(new Trial(number, accuracy, kept));
      if (kept) {
        best = Optional.of(tried);
        most = accuracy;
      }
    }
    return best.orElseThrow();
  }

  private Average average(List<Integer> numbers, List<Double> weights, Optional<Bench> bench)
      throws IOException {
    float[] values = plan.ingredients().mean(numbers, weights);
    // One model alone is that model, with the statistics that it was trained to.
    if (numbers.size() > 1 && plan.statistics().isPresent()) {
      EvaluationFolder place = folder.child(STATISTICS + "/" + Ingredient.digest(values));
      values = new BatchNorms(plan.statistics().get(), bench.orElseThrow()).measured(values, place);
    }
    return new Average(numbers, weights, values);
  }

  private double accuracy(Average average, Bench bench) throws IOException {
    SoupPlan.Judge judge = plan.judge().orElseThrow();
    Subject images = judge.images();
    List<Integer> numbers = average.numbers();
    Subject subject =
        Subjects.with(
            images,
            images.model().architecture(),
            average.values(),
            scores(average),
            plan.ingredients().commonFacts(numbers),
            numbers.size() > 1 ? models(average) : plan.ingredients().path(numbers.get(0)));
    EvaluationPlan evaluation = EvaluationPlanner.plan(subject, judge.attack());
    String name =
        numbers.stream().map(number -> "" + (number + 1)).collect(Collectors.joining("-"));
    EvaluationOutput output =
        EvaluationOutput.claim(folder.child("candidates/" + name), evaluation);
    return new RobustEvaluation(evaluation, output, bench.listener())
        .run(bench.spark(), bench.partitions())
        .robustAccuracy();
  }

  /** An average was never validated; one model alone was. */
  private Optional<Scores> scores(Average average) {
    return average.numbers().size() > 1
        ? Optional.empty()
        : plan.ingredients().card(average.numbers().get(0)).scores();
  }

  private ModelCard card(Average average) {
    SortedMap<String, String> facts = plan.ingredients().commonFacts(average.numbers());
    facts.put("soup", plan.words());
    facts.put("soup_models", models(average));
    plan.statistics()
        .filter(images -> average.numbers().size() > 1)
        .ifPresent(images -> facts.put("soup_batch_norm", Subjects.words(images)));
    ModelCard first = plan.ingredients().card(average.numbers().get(0));
    return new ModelCard(
        first.architecture(),
        first.preprocessing(),
        first.classNames(),
        scores(average),
        Provenance.of(facts));
  }

  private String models(Average average) {
    List<String> models = new ArrayList<>();
    for (int i = 0; i < average.numbers().size(); i++) {
      models.add(
          Figures.format(
              "%.6g of %s", share(average, i), plan.ingredients().path(average.numbers().get(i))));
    }
    return String.join("; ", models);
  }

  private static double share(Average average, int place) {
    return average.weights().get(place)
        / average.weights().stream().mapToDouble(Double::doubleValue).sum();
  }

  private List<String> lines(Average average, List<Trial> trials) {
    List<String> lines = new ArrayList<>();
    for (Trial trial : trials) {
      lines.add(
          "%s  robust accuracy with it %s, %s"
              .formatted(
                  plan.ingredients().path(trial.number()),
                  Figures.percent(trial.accuracy()),
                  trial.kept() ? "kept" : "left out"));
    }
    for (int i = 0; i < average.numbers().size(); i++) {
      lines.add(
          Figures.format(
              "%8.4f of %s", share(average, i), plan.ingredients().path(average.numbers().get(i))));
    }
    plan.statistics()
        .filter(images -> average.numbers().size() > 1)
        .ifPresent(
            images -> lines.add("batch norm measured on %s".formatted(Subjects.words(images))));
    lines.add("written: " + folder.path(Checkpoint.MODEL));
    return lines;
  }

  private ObjectNode result(Average average, List<Trial> trials, List<String> lines) {
    ObjectNode root = Json.object().put("format", "robusttrain-soup").put("version", 1);
    root.put("choice", plan.words());
    root.set("models", plan.ingredients().json());
    ArrayNode chosen = root.putArray("average");
    for (int i = 0; i < average.numbers().size(); i++) {
      chosen.addObject().put("model", average.numbers().get(i)).put("share", share(average, i));
    }
    ArrayNode tried = root.putArray("trials");
    trials.forEach(
        trial ->
            tried
                .addObject()
                .put("model", trial.number())
                .put("robust_accuracy", trial.accuracy())
                .put("kept", trial.kept()));
    root.put("weights_sha256", Ingredient.digest(average.values()));
    root.set("lines", Json.node(lines));
    return root;
  }
}
