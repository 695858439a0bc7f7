package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.EvaluationOutput;
import io.robusttrain.evaluate.RobustEvaluation;
import io.robusttrain.evaluate.plan.AttackRequest;
import io.robusttrain.evaluate.plan.Coverage;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.result.Suspicions;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.CsvTable;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.figure.Figure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * Robust accuracy over radii, and that of PGD over numbers of steps ("A Light Recipe to Train
 * Robust Vision Transformers", Fig. 3 and Table X): two evaluations as {@code RobustEval} makes
 * them, and in words whether they look like a model whose gradients are masked.
 *
 * @param norm of the threat model
 * @param radii ascending, at least two
 * @param attacks at each radius, a set or a comma-separated list
 * @param pgdEpsilon radius of the PGD table; 0: no table
 * @param seed of all random draws
 */
public record RadiusSweep(
    Norm norm, List<Double> radii, String attacks, double pgdEpsilon, long seed)
    implements Analysis {
  /** PGD with 5, 10, 50 and 100 steps, each on all images. */
  private static final String PGD_TABLE = "pgd";

  /** The largest robust accuracy that counts as nearly nothing. */
  private static final double NOTHING = 0.02;

  /**
   * Checks what was asked for.
   *
   * @throws EvaluationException if there are not two ascending radii, or PGD does not know the norm
   */
  public RadiusSweep {
    radii = List.copyOf(radii);
    boolean ascending = radii.size() >= 2;
    for (int i = 1; i < radii.size(); i++) {
      ascending &= radii.get(i) > radii.get(i - 1);
    }
    if (!ascending) {
      throw new EvaluationException(
          "--radii: give two radii or more, each larger than the one before: " + radii);
    }
    if (norm == Norm.L1 && pgdEpsilon > 0) {
      throw new EvaluationException("--pgd-eps: PGD knows linf and l2; leave its table out with 0");
    }
  }

  @Override
  public String word() {
    return "sweep";
  }

  @Override
  public ObjectNode settings() {
    return Json.object()
        .put("analysis", word())
        .put("norm", norm.name().toLowerCase(Locale.ROOT))
        .put("radii", radii.toString())
        .put("attacks", attacks)
        .put("pgd_epsilon", pgdEpsilon)
        .put("seed", seed);
  }

  /** Refuses attacks that do not exist, before anything is started. */
  @Override
  public void check(Subject subject) {
    plan(subject, attacks, radii);
  }

  private EvaluationPlan plan(Subject subject, String set, List<Double> sizes) {
    return EvaluationPlanner.plan(
        subject, new AttackRequest(set, norm, sizes, Coverage.SURVIVORS, seed));
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    ObjectNode sweep = evaluate(plan(subject, attacks, radii), "radii", bench);
    ObjectNode result = Json.object();
    for (String field : new String[] {"model", "data", "flags"}) {
      result.set(field, sweep.path(field));
    }
    result.put("n", subject.count());
    result.put("clean_accuracy", sweep.path("clean").path("accuracy").asDouble());
    ArrayNode sizes = result.putArray("accuracies");
    sweep.path("radii").forEach(radius -> sizes.add(radius.path("robust_accuracy").asDouble()));
    if (pgdEpsilon > 0) {
      ObjectNode table = evaluate(plan(subject, PGD_TABLE, List.of(pgdEpsilon)), "pgd", bench);
      ObjectNode pgd = result.putObject("pgd");
      for (JsonNode attack : table.path("radii").path(0).path("attacks")) {
        pgd.put(attack.path("name").asText(), attack.path("robust_accuracy_alone").asDouble());
      }
    }
    result.set("words", Json.node(words(result)));
    return result;
  }

  private static ObjectNode evaluate(EvaluationPlan plan, String name, Bench bench)
      throws IOException {
    EvaluationFolder folder = bench.folder().child(name);
    EvaluationOutput output = EvaluationOutput.claim(folder, plan);
    return new RobustEvaluation(plan, output, bench.listener())
        .run(bench.spark(), bench.partitions())
        .tree();
  }

  /** The masking check: what the evaluation of the radii found suspicious, and what PGD adds. */
  List<String> words(JsonNode result) {
    double[] accuracies = Json.array(result, "accuracies", double[].class);
    List<String> words = new ArrayList<>();
    int last = accuracies.length - 1;
    int images = result.path("n").asInt();
    String largest = text(radii.get(last));
    for (JsonNode flag : result.path("flags")) {
      if (Suspicions.raised(flag.path("code").asText())) {
        words.add(flag.path("text").asText());
      }
    }
    if (accuracies[last] > NOTHING) {
      words.add(
          "robust accuracy is still %s at the largest radius %s: a sound attack breaks everything in a large ball; add larger radii to see whether it does"
              .formatted(Figures.percent(accuracies[last]), largest));
    }
    pgdWords(result.path("pgd"), images, words);
    if (words.isEmpty()) {
      words.add(
          "robust accuracy falls from %s at radius %s to %s at %s and does not rise beyond chance: no sign of masked gradients"
              .formatted(
                  Figures.percent(accuracies[0]),
                  text(radii.get(0)),
                  Figures.percent(accuracies[last]),
                  largest));
    }
    return words;
  }

  private static String text(double radius) {
    return radius == 0 ? "0" : ThreatModel.text(radius);
  }

  private static void pgdWords(JsonNode pgd, int images, List<String> words) {
    List<String> names = new ArrayList<>();
    pgd.fieldNames().forEachRemaining(names::add);
    for (int i = 1; i < names.size(); i++) {
      double before = pgd.path(names.get(i - 1)).asDouble();
      double after = pgd.path(names.get(i)).asDouble();
      if (Suspicions.rises(before, after, images)) {
        words.add(
            "%s leaves %s standing, the shorter %s %s: more steps achieve less, a sign of masked gradients"
                .formatted(
                    names.get(i),
                    Figures.percent(after),
                    names.get(i - 1),
                    Figures.percent(before)));
      }
    }
  }

  @Override
  public Report report(List<JsonNode> models) throws IOException {
    CsvTable table = new CsvTable("model", "epoch", "epsilon", "radius", "robust_accuracy");
    CsvTable pgdTable = new CsvTable("model", "epoch", "epsilon", "attack", "robust_accuracy");
    List<Curve> curves = new ArrayList<>();
    List<Curve> pgdCurves = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    double scale = norm == Norm.LINF ? 255 : 1;
    double[] sizes = radii.stream().mapToDouble(radius -> radius * scale).toArray();
    for (JsonNode model : models) {
      String name = model.path("name").asText();
      double[] accuracies = Json.array(model, "accuracies", double[].class);
      StringBuilder line = new StringBuilder("%-14s".formatted(name));
      for (int i = 0; i < accuracies.length; i++) {
        String radius = text(radii.get(i));
        table.add(name, model.path("epoch").asText(), radii.get(i), radius, accuracies[i]);
        line.append("  %s: %s".formatted(radius, Figures.percent(accuracies[i])));
      }
      lines.add(line.toString());
      curves.add(Curve.of(name, sizes, percents(accuracies)));
      pgd(model, pgdTable, pgdCurves, lines);
      model.path("words").forEach(words -> lines.add("%-14s  %s".formatted(name, words.asText())));
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("sweep.csv", table.bytes());
    Axis accuracy = Axis.linear("robust accuracy in %");
    Axis size = Axis.linear(norm == Norm.LINF ? "epsilon x 255" : "epsilon");
    List<Figure> figures = new ArrayList<>();
    figures.add(
        new Figure("Robust accuracy under " + attacks, size, accuracy, curves)
            .putInto(files, "sweep"));
    if (pgdEpsilon > 0) {
      files.put("pgd.csv", pgdTable.bytes());
      Axis steps = Axis.steps("steps", List.of(5, 10, 50, 100));
      String title = "Robust accuracy under PGD, epsilon " + ThreatModel.text(pgdEpsilon);
      figures.add(new Figure(title, steps, accuracy, pgdCurves).putInto(files, "pgd"));
    }
    return new Report(Json.object(), files, figures, lines);
  }

  private void pgd(JsonNode model, CsvTable table, List<Curve> curves, List<String> lines) {
    String name = model.path("name").asText();
    List<String> attacks = new ArrayList<>();
    model.path("pgd").fieldNames().forEachRemaining(attacks::add);
    if (attacks.isEmpty()) {
      return;
    }
    double[] accuracies =
        StreamSupport.stream(model.path("pgd").spliterator(), false)
            .mapToDouble(JsonNode::asDouble)
            .toArray();
    double[] steps =
        attacks.stream()
            .mapToDouble(attack -> Integer.parseInt(attack.substring(attack.indexOf('-') + 1)))
            .toArray();
    StringBuilder line = new StringBuilder("%-14s".formatted(name));
    for (int i = 0; i < accuracies.length; i++) {
      table.add(name, model.path("epoch").asText(), pgdEpsilon, attacks.get(i), accuracies[i]);
      line.append("  %s: %s".formatted(attacks.get(i), Figures.percent(accuracies[i])));
    }
    curves.add(Curve.of(name, steps, percents(accuracies)));
    lines.add(line.append(" at ").append(ThreatModel.text(pgdEpsilon)).toString());
  }

  private static double[] percents(double... fractions) {
    return Arrays.stream(fractions).map(fraction -> 100 * fraction).toArray();
  }
}
