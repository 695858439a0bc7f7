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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Whether attacks of any length, from any start, end at the same loss ("A Light Recipe to Train
 * Robust Vision Transformers", Section V: the loss landscape around correctly classified images).
 * Where they do, the landscape has no hollows in which a short attack would be caught.
 *
 * <p>The model is in eval mode. Start s of an image is the same for all lengths and rules.
 *
 * @param threat norm Linf or L2, and epsilon above 0
 * @param points correctly classified images, the first of the chosen ones
 * @param starts random starts of each
 * @param steps numbers of steps, ascending; 0 is the start itself
 * @param rules of the step size
 */
public record Landscape(
    ThreatModel threat, int points, int starts, List<Integer> steps, List<StepRule> rules)
    implements Analysis {
  /** How large the steps of an attack are. */
  public enum StepRule {
    /** 1.5 epsilon / steps: each length is an attack of its own. */
    SCALED,
    /** 1.5 epsilon / 10 whatever the length, as the paper's code has it: one attack passes all. */
    FIXED;

    private static final int FIXED_STEPS = 10;

    String word() {
      return this == SCALED ? "scaled" : "fixed";
    }

    ProjectedGradientDescent descent(ThreatModel threat, int steps) {
      ProjectedGradientDescent scaled = ProjectedGradientDescent.of(threat, steps);
      return this == SCALED
          ? scaled
          : new ProjectedGradientDescent(
              threat,
              steps,
              ProjectedGradientDescent.of(threat, FIXED_STEPS).stepSize(),
              scaled.start());
    }
  }

  /**
   * Checks what was asked for.
   *
   * @throws EvaluationException if there is nothing to do
   */
  public Landscape {
    steps = List.copyOf(steps);
    rules = List.copyOf(rules);
    Requirements.descents(threat);
    Requirements.atLeast("--points", points, 1);
    Requirements.atLeast("--starts", starts, 1);
    Requirements.ascending("--steps", steps, 0);
    Requirements.distinct("--step-rule", rules);
    if (steps.get(steps.size() - 1) == 0) {
      throw new EvaluationException("--steps: give one number above 0 at least");
    }
  }

  @Override
  public String word() {
    return "landscape";
  }

  @Override
  public ObjectNode settings() {
    return Requirements.settings(word(), threat)
        .put("points", points)
        .put("starts", starts)
        .put("steps", steps.toString())
        .put("rules", rules.stream().map(StepRule::word).toList().toString());
  }

  private int longest() {
    return steps.get(steps.size() - 1);
  }

  /** The lengths whose loss no longer attack passes. */
  private List<Integer> shorter(StepRule rule) {
    return rule == StepRule.FIXED
        ? List.of()
        : steps.stream().filter(k -> k > 0 && k < longest()).toList();
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    int runs = rules.stream().mapToInt(rule -> shorter(rule).size() + 1).sum();
    try (ModelStages stages = new ModelStages(subject, settings(), runs, bench)) {
      int[] rows = chosen(stages);
      ObjectNode result = stages.json();
      result.set("ids", Json.node(Arrays.stream(rows).mapToLong(i -> subject.ids()[i]).toArray()));
      for (StepRule rule : rules) {
        ObjectNode found = result.putObject(rule.word());
        Descents all = descend(stages, rule, longest(), rows);
        ObjectNode losses = found.putObject("losses");
        for (int k : steps) {
          boolean passed = k == 0 || k == longest() || rule == StepRule.FIXED;
          Descents descents = passed ? all : descend(stages, rule, k, rows);
          losses.set(Integer.toString(k), Json.node(read(descents, passed ? k : 0)));
        }
        double[][] trace = new double[starts][longest() + 1];
        for (int start = 0; start < starts; start++) {
          int from = start;
          Arrays.setAll(trace[start], step -> all.meanLoss(from, step));
        }
        found.set("trace", Json.node(trace));
      }
      return result;
    }
  }

  private int[] chosen(ModelStages stages) {
    int[] correct = stages.clean().correct();
    if (correct.length < points) {
      throw new EvaluationException(
          "--points: %d correctly classified images are wanted, the model classifies %d of the %d chosen ones correctly; choose more images, or ask for fewer points"
              .formatted(points, correct.length, stages.subject().count()));
    }
    return Arrays.copyOf(correct, points);
  }

  private Descents descend(ModelStages stages, StepRule rule, int k, int... rows)
      throws IOException {
    ProjectedGradientDescent descent = rule.descent(threat, k);
    String id = rule.word() + "-" + k;
    return stages.descend(
        id,
        "pgd-" + k + ", " + rule.word() + " step",
        k == longest() ? MeasuredDescent.everywhere(descent) : MeasuredDescent.atTheEnd(descent),
        LongStream.range(0, starts).boxed().toList(),
        rows);
  }

  /** The loss of each start and image at one reading (S, B). */
  private static double[][] read(Descents descents, int reading) {
    return Arrays.stream(descents.losses())
        .map(images -> Arrays.stream(images).mapToDouble(image -> image[reading]).toArray())
        .toArray(double[][]::new);
  }

  @Override
  public Report report(List<JsonNode> models) throws IOException {
    CsvTable table = new CsvTable("model", "step_rule", "steps", "start", "image", "loss");
    CsvTable means =
        new CsvTable("model", "step_rule", "steps", "loss_mean", "loss_std_over_starts");
    CsvTable traces =
        new CsvTable("model", "step_rule", "step", "loss_mean", "loss_std_over_starts");
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<Curve> curves = new ArrayList<>();
    List<Curve> tracks = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (JsonNode model : models) {
      for (StepRule rule : rules) {
        String name = model.path("name").asText();
        images(model, rule, table);
        String label = models.size() == 1 ? rule.word() + " step" : name + ", " + rule.word();
        Summary[] ends = steps.stream().map(k -> ends(model, rule, k)).toArray(Summary[]::new);
        curves.add(curve(label, steps.stream().mapToInt(k -> k).toArray(), ends));
        Summary[] track = track(model, rule);
        tracks.add(curve(label, IntStream.rangeClosed(0, longest()).toArray(), track));
        for (int i = 0; i < ends.length; i++) {
          means.add(name, rule.word(), steps.get(i), ends[i].mean(), ends[i].deviation());
        }
        for (int step = 0; step < track.length; step++) {
          traces.add(name, rule.word(), step, track[step].mean(), track[step].deviation());
        }
        lines.add(line(name, rule, ends));
      }
    }
    files.put("landscape.csv", means.bytes());
    files.put("landscape_images.csv", table.bytes());
    files.put("landscape_trace.csv", traces.bytes());
    List<Figure> figures = figures(curves, tracks, models, files);
    return new Report(Json.object(), files, figures, lines);
  }

  private void images(JsonNode model, StepRule rule, CsvTable table) {
    JsonNode ids = model.path("ids");
    for (int k : steps) {
      double[][] losses = losses(model, rule, k);
      for (int start = 0; start < losses.length; start++) {
        for (int i = 0; i < losses[start].length; i++) {
          table.add(
              model.path("name").asText(),
              rule.word(),
              k,
              start,
              ids.path(i).asLong(),
              losses[start][i]);
        }
      }
    }
  }

  private static double[][] losses(JsonNode model, StepRule rule, int k) {
    return Json.array(
        model.path(rule.word()).path("losses"), Integer.toString(k), double[][].class);
  }

  /** The mean loss over the images, its mean and spread over the starts. */
  private static Summary ends(JsonNode model, StepRule rule, int k) {
    return Summary.of(
        Arrays.stream(losses(model, rule, k))
            .mapToDouble(images -> Arrays.stream(images).sum() / images.length)
            .toArray());
  }

  private Summary[] track(JsonNode model, StepRule rule) {
    double[][] trace = Json.array(model.path(rule.word()), "trace", double[][].class);
    return IntStream.rangeClosed(0, longest())
        .mapToObj(
            step -> Summary.of(Arrays.stream(trace).mapToDouble(losses -> losses[step]).toArray()))
        .toArray(Summary[]::new);
  }

  private static Curve curve(String name, int[] x, Summary... y) {
    return new Curve(
        name,
        Arrays.stream(x).asDoubleStream().toArray(),
        Arrays.stream(y).mapToDouble(Summary::mean).toArray(),
        Arrays.stream(y).mapToDouble(Summary::deviation).toArray());
  }

  private String line(String name, StepRule rule, Summary... ends) {
    StringBuilder text = new StringBuilder("%-14s %-7s".formatted(name, rule.word()));
    for (int i = 0; i < ends.length; i++) {
      text.append(Figures.format("  %d: %.4f", steps.get(i), ends[i].mean()));
      if (!Double.isNaN(ends[i].deviation())) {
        text.append(Figures.format(" +- %.4f", ends[i].deviation()));
      }
    }
    return text.toString();
  }

  private List<Figure> figures(
      List<Curve> curves, List<Curve> tracks, List<JsonNode> models, Map<String, byte[]> files)
      throws IOException {
    String where = "epsilon " + ThreatModel.text(threat.epsilon());
    Axis loss = Axis.linear("cross entropy");
    Axis ends = Axis.steps("steps of PGD", steps);
    Figure mean =
        new Figure("Final loss, mean of %d images, %s".formatted(points, where), ends, loss, curves)
            .putInto(files, "landscape");
    Figure trace =
        new Figure(
                "Loss at every step of PGD-%d, %s".formatted(longest(), where),
                Axis.steps("step", steps),
                loss,
                tracks)
            .putInto(files, "landscape_trace");
    JsonNode first = models.get(0);
    String title =
        "Final loss of each image, %d starts: %s, %s step"
            .formatted(starts, first.path("name").asText(), rules.get(0).word());
    Figure images =
        new Figure(title, ends, loss, each(first, rules.get(0))).putInto(files, "landscape_images");
    return List.of(mean, trace, images);
  }

  /** A curve without a name for each image. */
  private List<Curve> each(JsonNode model, StepRule rule) {
    List<Curve> curves = new ArrayList<>();
    int[] x = steps.stream().mapToInt(k -> k).toArray();
    double[][][] all = steps.stream().map(k -> losses(model, rule, k)).toArray(double[][][]::new);
    for (int image = 0; image < points; image++) {
      int row = image;
      Summary[] ends =
          Arrays.stream(all)
              .map(starts -> Arrays.stream(starts).mapToDouble(losses -> losses[row]).toArray())
              .map(Summary::of)
              .toArray(Summary[]::new);
      curves.add(curve("", x, ends));
    }
    return curves;
  }
}
