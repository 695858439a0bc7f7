package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.CsvTable;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.figure.Figure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How much of the loss that a long attack finds a short one finds, too ("A Light Recipe to Train
 * Robust Vision Transformers", Section V, Fig. 7). L_k is the mean cross entropy of all images,
 * those that were misclassified clean included, under PGD with k steps of 1.5 epsilon / k; the
 * answer is |L_k - L_oracle| / L_oracle in percent. A model whose short attacks miss much has been
 * trained against an adversary that it deceives.
 *
 * <p>The model is in eval mode. All attacks of a seed begin at the same points.
 *
 * @param threat norm Linf or L2, and epsilon above 0
 * @param steps numbers of steps k, ascending
 * @param oracle steps of the long attack, more than any k
 * @param seeds of the starts, one repetition for each
 */
public record Effectiveness(ThreatModel threat, List<Integer> steps, int oracle, List<Long> seeds)
    implements Analysis {
  /**
   * Checks what was asked for.
   *
   * @throws EvaluationException if an attack is longer than the oracle, or there is nothing to do
   */
  public Effectiveness {
    steps = List.copyOf(steps);
    seeds = List.copyOf(seeds);
    Requirements.descents(threat);
    Requirements.ascending("--k", steps, 1);
    Requirements.distinct("--seeds", seeds);
    int longest = steps.get(steps.size() - 1);
    if (longest >= oracle) {
      throw new EvaluationException(
          "--k: an attack of %d steps is no shorter than the oracle of %d; leave it out, or give --oracle more steps"
              .formatted(longest, oracle));
    }
  }

  /**
   * The relative difference of two losses.
   *
   * @return percent; NaN if the oracle's loss is 0, which nothing can be compared with
   */
  static double percent(double loss, double oracle) {
    return oracle == 0 ? Double.NaN : 100 * Math.abs(loss - oracle) / oracle;
  }

  @Override
  public String word() {
    return "effectiveness";
  }

  @Override
  public ObjectNode settings() {
    return Requirements.settings(word(), threat)
        .put("steps", steps.toString())
        .put("oracle", oracle)
        .put("seeds", seeds.toString());
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    int[] rows = IntStream.range(0, subject.count()).toArray();
    try (ModelStages stages = new ModelStages(subject, settings(), steps.size() + 1, bench)) {
      ObjectNode result = stages.json();
      double[] oracles = losses(descend(stages, oracle, rows), stages, oracle, result);
      for (int k : steps) {
        double[] losses = losses(descend(stages, k, rows), stages, k, result);
        double[] percents = new double[losses.length];
        for (int seed = 0; seed < percents.length; seed++) {
          percents[seed] = percent(losses[seed], oracles[seed]);
        }
        ObjectNode attack = result.withObject("/attacks/pgd-" + k);
        attack.set("percents", Json.node(percents));
        attack.set("difference_percent", Summary.of(percents).json());
      }
      return result;
    }
  }

  private Descents descend(ModelStages stages, int k, int... rows) throws IOException {
    MeasuredDescent descent = MeasuredDescent.atTheEnd(ProjectedGradientDescent.of(threat, k));
    return stages.descend("pgd-" + k, "pgd-" + k, descent, seeds, rows);
  }

  /** The mean loss of each seed, which the result takes down. */
  private static double[] losses(Descents found, ModelStages stages, int k, ObjectNode result) {
    int[] labels = stages.clean().labels();
    double[] losses = new double[found.losses().length];
    double[] accuracies = new double[losses.length];
    for (int seed = 0; seed < losses.length; seed++) {
      losses[seed] = found.meanLoss(seed, 0);
      int[] predictions = found.predictions()[seed];
      long right =
          IntStream.range(0, labels.length).filter(i -> predictions[i] == labels[i]).count();
      accuracies[seed] = right / (double) labels.length;
    }
    ObjectNode attack = result.withObject("/attacks/pgd-" + k);
    attack.set("losses", Json.node(losses));
    attack.set("loss", Summary.of(losses).json());
    attack.set("accuracies", Json.node(accuracies));
    attack.set("accuracy", Summary.of(accuracies).json());
    return losses;
  }

  @Override
  public Report report(List<JsonNode> models) throws IOException {
    CsvTable seedTable =
        new CsvTable(
            "model",
            "epoch",
            "seed",
            "steps",
            "loss",
            "oracle_loss",
            "difference_percent",
            "accuracy");
    CsvTable table =
        new CsvTable(
            "model",
            "epoch",
            "steps",
            "difference_percent_mean",
            "difference_percent_std",
            "loss_mean",
            "oracle_loss_mean",
            "oracle_accuracy_mean",
            "clean_accuracy");
    List<String> lines = new ArrayList<>();
    lines.add(head());
    for (JsonNode model : models) {
      rows(model, table, seedTable);
      lines.add(line(model));
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("effectiveness.csv", table.bytes());
    files.put("effectiveness_seeds.csv", seedTable.bytes());
    Figure figure = figure(models).putInto(files, "effectiveness");
    return new Report(Json.object(), files, List.of(figure), lines);
  }

  private void rows(JsonNode model, CsvTable table, CsvTable seedTable) {
    JsonNode longest = attack(model, oracle);
    String name = model.path("name").asText();
    String epoch = model.path("epoch").asText();
    for (int k : steps) {
      JsonNode attack = attack(model, k);
      Summary percent = Summary.read(attack.path("difference_percent"));
      table.add(
          name,
          epoch,
          k,
          percent.mean(),
          percent.deviation(),
          Summary.read(attack.path("loss")).mean(),
          Summary.read(longest.path("loss")).mean(),
          Summary.read(longest.path("accuracy")).mean(),
          model.path("clean_accuracy").asDouble());
      for (int i = 0; i < seeds.size(); i++) {
        seedTable.add(
            name,
            epoch,
            seeds.get(i),
            k,
            attack.path("losses").path(i).asDouble(),
            longest.path("losses").path(i).asDouble(),
            attack.path("percents").path(i).asDouble(Double.NaN),
            attack.path("accuracies").path(i).asDouble());
      }
    }
  }

  private static JsonNode attack(JsonNode model, int k) {
    return model.path("attacks").path("pgd-" + k);
  }

  private String head() {
    StringBuilder text = new StringBuilder("%-14s".formatted("model"));
    steps.forEach(k -> text.append("%16s".formatted("PGD-" + k)));
    return text.append("%12s%12s".formatted("PGD-" + oracle, "clean")).toString();
  }

  private String line(JsonNode model) {
    StringBuilder text = new StringBuilder("%-14s".formatted(model.path("name").asText()));
    for (int k : steps) {
      Summary percent = Summary.read(attack(model, k).path("difference_percent"));
      String spread =
          Double.isNaN(percent.deviation()) ? "" : Figures.format(" +- %.2f", percent.deviation());
      text.append("%16s".formatted(Figures.format("%.2f", percent.mean()) + spread));
    }
    double accuracy = Summary.read(attack(model, oracle).path("accuracy")).mean();
    return text.append(
            "%12s%12s"
                .formatted(
                    Figures.percent(accuracy),
                    Figures.percent(model.path("clean_accuracy").asDouble())))
        .toString();
  }

  /** Over epochs, as in the paper, if there are several; else over the numbers of steps. */
  private Figure figure(List<JsonNode> models) {
    String title = "Loss that PGD-k misses, epsilon " + ThreatModel.text(threat.epsilon());
    Axis percent = Axis.log("difference to PGD-" + oracle + " in %");
    List<Curve> curves = new ArrayList<>();
    if (models.size() > 1 && models.stream().allMatch(model -> model.has("epoch"))) {
      Map<String, List<JsonNode>> runs = new LinkedHashMap<>();
      for (JsonNode model : models) {
        runs.computeIfAbsent(model.path("run").asText(), run -> new ArrayList<>()).add(model);
      }
      runs.forEach((run, epochs) -> overEpochs(run, epochs, curves));
      return new Figure(title, Axis.linear("epoch"), percent, curves);
    }
    double[] ks = steps.stream().mapToDouble(Integer::doubleValue).toArray();
    for (JsonNode model : models) {
      curves.add(
          curve(
              model.path("name").asText(), ks, steps.stream().map(k -> attack(model, k)).toList()));
    }
    return new Figure(title, Axis.steps("steps of PGD", steps), percent, curves);
  }

  /** A line for each k of one run. */
  private void overEpochs(String run, List<JsonNode> models, List<Curve> curves) {
    double[] epochs = models.stream().mapToDouble(model -> model.path("epoch").asInt()).toArray();
    for (int k : steps) {
      curves.add(
          curve(
              (run + " PGD-" + k).strip(),
              epochs,
              models.stream().map(model -> attack(model, k)).toList()));
    }
  }

  private static Curve curve(String name, double[] x, List<JsonNode> attacks) {
    List<Summary> percents =
        attacks.stream().map(attack -> Summary.read(attack.path("difference_percent"))).toList();
    return new Curve(
        name,
        x,
        percents.stream().mapToDouble(Summary::mean).toArray(),
        percents.stream().mapToDouble(Summary::deviation).toArray());
  }
}
