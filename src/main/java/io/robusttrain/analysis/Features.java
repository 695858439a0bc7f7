package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.attack.pgd.ProjectedGradientDescent.Start;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.Representation;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.ImageBlock;
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
 * <p>And feature inversion: what noise becomes when its representation, what the classifier gets,
 * is drawn to that of a photograph.
 *
 * <p>The paper's epsilon, 15 where pixels are in [0,1], bounds nothing; a step is 1.5 times that by
 * the number of steps.
 *
 * @param steps of PGD
 * @param classes the first ones, at most as many as there are
 * @param copies images of each class
 * @param inverted photographs, the first chosen images; may be 0
 * @param seed of the noise
 */
public record Features(int steps, int classes, int copies, int inverted, long seed)
    implements Analysis {
  private static final double EPSILON = 15;
  private static final double STEP_RULE = 1.5;

  /** The largest step in [0,1]; a longer one ends at the same side of the box. */
  private static final double LARGEST_STEP = 1;

  /** Checks what was asked for. */
  public Features {
    Requirements.atLeast("--steps", steps, 1);
    Requirements.atLeast("--classes", classes, 1);
    Requirements.atLeast("--copies", copies, 1);
    Requirements.atLeast("--invert", inverted, 0);
  }

  /** Features of classes alone, without photographs. */
  public Features(int steps, int classes, int copies, long seed) {
    this(steps, classes, copies, 0, seed);
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
        .put("inverted", inverted)
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
    if (inverted > subject.count()) {
      throw new EvaluationException(
          "--invert: %d photographs are wanted, %d images are chosen; ask for fewer, or for more with --n"
              .formatted(inverted, subject.count()));
    }
    Requirements.pictures(
        "--classes, --copies, --invert",
        (long) classes * copies + 2L * inverted,
        subject.preprocessing().size());
    if (inverted > 0) {
      requireRepresentation(subject);
    }
  }

  private static void requireRepresentation(Subject subject) {
    try {
      Representation.of(subject);
    } catch (EvaluationException wrong) {
      throw new EvaluationException(
          "--invert: %s; leave photographs out with --invert 0".formatted(wrong.getMessage()),
          wrong);
    }
  }

  /** From anywhere to anywhere in the box. */
  ProjectedGradientDescent descent() {
    return new ProjectedGradientDescent(
        ThreatModel.linf(1),
        steps,
        Math.min(LARGEST_STEP, STEP_RULE * EPSILON / steps),
        Start.CLEAN);
  }

  /** Half the box's diagonal bounds nothing that an image of noise is on the way to. */
  ProjectedGradientDescent inversion(int side) {
    double radius = Math.sqrt(3.0 * side * side) / 2;
    return new ProjectedGradientDescent(
        new ThreatModel(Norm.L2, 2 * radius), steps, STEP_RULE * radius / steps, Start.CLEAN);
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    int more = inverted > 0 ? 1 : 0;
    try (ModelStages stages = new ModelStages(subject, settings(), 1 + more, bench)) {
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
      if (inverted > 0) {
        result.set("inversion", invert(stages, pixels));
      }
      return result;
    }
  }

  /** What is told of each photograph; its pixels are added to those of the features. */
  private ArrayNode invert(ModelStages stages, ArrayNode pixels) throws IOException {
    Subject subject = stages.subject();
    int[] rows = IntStream.range(0, inverted).toArray();
    List<InversionTask> tasks = new ArrayList<>();
    for (ImageBlock images : stages.clean().blocks(subject, rows)) {
      tasks.add(
          new InversionTask(tasks.size(), images, inversion(subject.preprocessing().size()), seed));
    }
    ArrayNode found = Json.array();
    for (ObjectNode block :
        stages.run(Representation.of(subject), InversionTask.STAGE, "inversion", tasks)) {
      for (int i = 0; i < block.path("ids").size(); i++) {
        ObjectNode image = found.addObject();
        image.put("image", block.path("ids").path(i).asLong());
        image.put("class", subject.images().classNames().get(block.path("labels").path(i).asInt()));
        image.set("distance_before", block.path("before").path(i));
        image.set("distance_after", block.path("after").path(i));
        ObjectNode both = pixels.addObject();
        both.set("side", block.path("side"));
        both.putArray("pixels")
            .add(block.path("photograph").path(i))
            .add(block.path("inverted").path(i));
      }
    }
    return found;
  }

  @Override
  public Report report(List<JsonNode> models) throws IOException {
    CsvTable table =
        new CsvTable("model", "epoch", "class", "copy", "confidence_before", "confidence_after");
    CsvTable inversions =
        new CsvTable("model", "epoch", "image", "class", "distance_before", "distance_after");
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
      if (inverted > 0) {
        String other = file.replace("features.png", "inversion.png");
        files.put(other, inversion(model, inversions).png());
        lines.add("%-14s %s".formatted(name, other));
      }
    }
    files.put("features.csv", table.bytes());
    if (inverted > 0) {
      files.put("inversion.csv", inversions.bytes());
    }
    return new Report(Json.object(), files, lines);
  }

  /** Photographs, and what noise became on the way to their representation. */
  private ContactSheet inversion(JsonNode model, CsvTable table) {
    ContactSheet sheet =
        new ContactSheet(
            "%s: what its representation keeps".formatted(model.path("name").asText()),
            model.path(BULK).path(0).path("side").asInt(),
            List.of("photograph", "inverted"));
    int row = classes;
    for (JsonNode image : model.path("inversion")) {
      JsonNode both = model.path(BULK).path(row++);
      double after = image.path("distance_after").asDouble();
      sheet.add(
          List.of(
              new Cell(Picture.read(both, "pixels", 0).image(), image.path("class").asText()),
              new Cell(
                  Picture.read(both, "pixels", 1).image(),
                  Figures.format("distance %.2f", after))));
      table.add(
          model.path("name").asText(),
          model.path("epoch").asText(),
          image.path("image").asLong(),
          image.path("class").asText(),
          image.path("distance_before").asDouble(),
          after);
    }
    return sheet;
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
