package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.attack.pgd.ProjectedGradientDescent.Start;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.report.ContactSheet;
import io.robusttrain.report.ContactSheet.Cell;
import io.robusttrain.report.figure.CsvTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Direct feature visualisation ("A Light Recipe to Train Robust Vision Transformers", Section V):
 * what noise becomes under a targeted PGD that nothing but the box [0,1] bounds, for each class. Of
 * a robust model it comes to look like the class.
 *
 * <p>The paper's epsilon, 15 where pixels are in [0,1], bounds nothing; a step is 1.5 times that by
 * the number of steps.
 *
 * @param steps of PGD
 * @param classes the first ones, at most as many as there are
 * @param copies images of each class
 * @param seed of the noise
 */
public record Features(int steps, int classes, int copies, long seed) implements Analysis {
  private static final double EPSILON = 15;
  private static final double STEP_RULE = 1.5;

  /** The largest step in [0,1]; a longer one ends at the same side of the box. */
  private static final double LARGEST_STEP = 1;

  /** Checks what was asked for. */
  public Features {
    Requirements.atLeast("--steps", steps, 1);
    Requirements.atLeast("--classes", classes, 1);
    Requirements.atLeast("--copies", copies, 1);
  }

  @Override
  public String word() {
    return "features";
  }

  @Override
  public ObjectNode settings() {
    return Json.object()
        .put("analysis", word())
        .put("steps", steps)
        .put("classes", classes)
        .put("copies", copies)
        .put("seed", seed);
  }

  @Override
  public void check(Subject subject) {
    int known = subject.images().classNames().size();
    if (classes > known) {
      throw new EvaluationException(
          "--classes: %d are wanted, the model has %d; ask for fewer".formatted(classes, known));
    }
    int together = subject.blocking().batch();
    if (copies > together) {
      throw new EvaluationException(
          "--copies: the %d images of a class are computed together, and a block has at most %d; ask for fewer, or give a larger --batch"
              .formatted(copies, together));
    }
    Requirements.pictures(
        "--classes, --copies", (long) classes * copies, subject.preprocessing().size());
  }

  /** From anywhere to anywhere in the box. */
  ProjectedGradientDescent descent() {
    return new ProjectedGradientDescent(
        ThreatModel.linf(1),
        steps,
        Math.min(LARGEST_STEP, STEP_RULE * EPSILON / steps),
        Start.CLEAN);
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    try (ModelStages stages = new ModelStages(subject, settings(), 1, bench)) {
      List<FeatureTask> tasks =
          IntStream.range(0, classes)
              .mapToObj(target -> new FeatureTask(target, copies, descent(), seed))
              .toList();
      ObjectNode result = stages.json();
      ArrayNode found = result.putArray("features");
      ArrayNode pixels = result.putArray(BULK);
      for (ObjectNode block : stages.run(FeatureTask.STAGE, "features", tasks)) {
        ObjectNode feature = found.addObject();
        feature.put("class", subject.images().classNames().get(found.size() - 1));
        feature.set("confidence_before", block.path("before"));
        feature.set("confidence_after", block.path("after"));
        ObjectNode images = pixels.addObject();
        images.set("side", block.path("side"));
        images.set("pixels", block.path("pixels"));
      }
      return result;
    }
  }

  @Override
  public Report report(List<JsonNode> models) throws IOException {
    CsvTable table =
        new CsvTable("model", "epoch", "class", "copy", "confidence_before", "confidence_after");
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>();
    for (JsonNode model : models) {
      String name = model.path("name").asText();
      String file = models.size() == 1 ? "features.png" : name + "-features.png";
      files.put(file, sheet(model).png());
      for (JsonNode feature : model.path("features")) {
        for (int copy = 0; copy < copies; copy++) {
          table.add(
              name,
              model.path("epoch").asText(),
              feature.path("class").asText(),
              copy,
              feature.path("confidence_before").path(copy).asDouble(),
              feature.path("confidence_after").path(copy).asDouble());
        }
      }
      lines.add("%-14s %s".formatted(name, file));
    }
    files.put("features.csv", table.bytes());
    return new Report(Json.object(), files, lines);
  }

  private ContactSheet sheet(JsonNode model) {
    int side = model.path(BULK).path(0).path("side").asInt();
    List<String> columns =
        IntStream.rangeClosed(1, copies).mapToObj(copy -> "noise " + copy).toList();
    ContactSheet sheet =
        new ContactSheet(
            "%s: what PGD-%d makes of noise".formatted(model.path("name").asText(), steps),
            side,
            columns);
    int row = 0;
    for (JsonNode feature : model.path("features")) {
      JsonNode images = model.path(BULK).path(row++);
      List<Cell> cells = new ArrayList<>();
      for (int copy = 0; copy < copies; copy++) {
        double sure = feature.path("confidence_after").path(copy).asDouble();
        cells.add(
            new Cell(
                Picture.read(images, "pixels", copy).image(),
                Figures.format("%.0f%% ", 100 * sure) + feature.path("class").asText()));
      }
      sheet.add(cells);
    }
    return sheet;
  }
}
