package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.ImageBlock;
import io.robusttrain.report.ContactSheet;
import io.robusttrain.report.ContactSheet.Cell;
import io.robusttrain.report.figure.CsvTable;
import io.robusttrain.tensor.SeedKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Images, what PGD makes of them, and their difference ten times enlarged, with what the model says
 * before and after: those that it fares worst on, those that are nearest to the border between two
 * answers, and some at random.
 *
 * @param threat norm Linf or L2, and epsilon above 0
 * @param steps of PGD, each of 1.5 epsilon / steps
 * @param count images of each group
 * @param seed of the starts and of the choice at random
 */
public record Pictures(ThreatModel threat, int steps, int count, long seed) implements Analysis {
  private static final double ENLARGED = 10;

  /** Which images are shown. */
  private enum Group {
    WORST("the highest loss after the attack"),
    CLOSEST("the label nearest to the best other answer in probability after the attack"),
    RANDOM("drawn by the seed");

    private final String words;

    Group(String words) {
      this.words = words;
    }

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks what was asked for. */
  public Pictures {
    Requirements.descents(threat);
    Requirements.atLeast("--steps", steps, 1);
    Requirements.atLeast("--count", count, 1);
  }

  @Override
  public String word() {
    return "pictures";
  }

  @Override
  public ObjectNode settings() {
    return Requirements.settings(word(), threat)
        .put("steps", steps)
        .put("count", count)
        .put("seed", seed);
  }

  @Override
  public void check(Subject subject) {
    long shown = Math.min(subject.count(), (long) Group.values().length * count);
    // Each before and after the attack.
    Requirements.pictures("--count", 2 * shown, subject.preprocessing().size());
  }

  @Override
  public ObjectNode look(Subject subject, Bench bench) throws IOException {
    MeasuredDescent descent = MeasuredDescent.atTheEnd(ProjectedGradientDescent.of(threat, steps));
    int[] rows = IntStream.range(0, subject.count()).toArray();
    try (ModelStages stages = new ModelStages(subject, settings(), 2, bench)) {
      Descents found = stages.descend("search", "pgd-" + steps, descent, List.of(seed), rows);
      Map<Group, int[]> groups = groups(subject, found);
      int[] shown =
          groups.values().stream().flatMapToInt(IntStream::of).distinct().sorted().toArray();
      List<PictureTask> tasks = new ArrayList<>();
      for (ImageBlock images : stages.clean().blocks(subject, shown)) {
        tasks.add(new PictureTask(tasks.size(), images, descent, seed));
      }
      Map<Integer, ObjectNode> pictures = new TreeMap<>();
      for (ObjectNode block : stages.run(PictureTask.STAGE, "pictures", tasks)) {
        for (int i = 0; i < block.path("ids").size(); i++) {
          pictures.put(shown[pictures.size()], picture(block, i));
        }
      }
      ObjectNode result = stages.json();
      result.set("classes", Json.node(subject.images().classNames()));
      ObjectNode pixels = result.putObject(BULK);
      pictures.forEach((row, picture) -> pixels.set(picture.path("id").asText(), pixels(picture)));
      groups.forEach(
          (group, members) -> {
            ArrayNode list = result.putArray(group.word());
            for (int row : members) {
              list.add(
                  pictures
                      .get(row)
                      .put("loss", found.losses()[0][row][0])
                      .put("margin", found.margins()[0][row])
                      .deepCopy());
            }
          });
      return result;
    }
  }

  private Map<Group, int[]> groups(Subject subject, Descents found) {
    SeedKey key = SeedKey.of(seed).with("pictures");
    Map<Group, int[]> groups = new LinkedHashMap<>();
    groups.put(Group.WORST, first(subject, row -> -found.losses()[0][row][0]));
    groups.put(Group.CLOSEST, first(subject, row -> Math.abs(found.margins()[0][row])));
    groups.put(Group.RANDOM, first(subject, row -> key.with(subject.ids()[row]).value()));
    return groups;
  }

  /** The images with the smallest values, in their order. */
  private int[] first(Subject subject, IntToDoubleFunction value) {
    return IntStream.range(0, subject.count())
        .boxed()
        .sorted(Comparator.comparingDouble(value::applyAsDouble))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Takes the pixels out of a picture. */
  private static ObjectNode pixels(ObjectNode picture) {
    ObjectNode pixels = Json.object();
    for (String field : new String[] {"side", "clean", "adversarial"}) {
      pixels.set(field, picture.remove(field));
    }
    return pixels;
  }

  private static ObjectNode picture(ObjectNode block, int image) {
    ObjectNode picture = Json.object();
    picture.put("id", block.path("ids").path(image).asLong());
    picture.set("label", block.path("labels").path(image));
    picture.set("side", block.path("side"));
    for (String when : new String[] {"before", "after"}) {
      for (String what : new String[] {"prediction_", "confidence_"}) {
        picture.set(what + when, block.path(what + when).path(image));
      }
    }
    for (String kind : new String[] {"clean", "adversarial"}) {
      picture.putArray(kind).add(block.path(kind).path(image));
    }
    return picture;
  }

  @Override
  public Report report(List<JsonNode> models) throws IOException {
    CsvTable table =
        new CsvTable(
            "model",
            "epoch",
            "group",
            "rank",
            "image",
            "label",
            "prediction_before",
            "confidence_before",
            "prediction_after",
            "confidence_after",
            "loss",
            "margin");
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>();
    for (JsonNode model : models) {
      String name = model.path("name").asText();
      for (Group group : Group.values()) {
        String file = (models.size() == 1 ? "" : name + "-") + group.word();
        ContactSheet sheet = sheet(model, group, files, file);
        files.put(file + ".png", sheet.png());
        rows(model, group, table);
        lines.add("%-14s %s.png: %s".formatted(name, file, group.words));
      }
    }
    files.put("pictures.csv", table.bytes());
    return new Report(Json.object(), files, lines);
  }

  private ContactSheet sheet(JsonNode model, Group group, Map<String, byte[]> files, String name)
      throws IOException {
    JsonNode members = model.path(group.word());
    ContactSheet sheet =
        new ContactSheet(
            "%s: %s".formatted(model.path("name").asText(), group.words),
            model.path(BULK).path(members.path(0).path("id").asText()).path("side").asInt(),
            List.of(
                "image",
                "PGD-%d, %s".formatted(steps, ThreatModel.text(threat.epsilon())),
                "difference x 10"));
    int rank = 1;
    for (JsonNode member : members) {
      JsonNode pixels = model.path(BULK).path(member.path("id").asText());
      Picture clean = Picture.read(pixels, "clean", 0);
      Picture adversarial = Picture.read(pixels, "adversarial", 0);
      Picture difference = adversarial.difference(clean, ENLARGED);
      sheet.add(
          List.of(
              new Cell(clean.image(), answer(model, member, "before")),
              new Cell(adversarial.image(), answer(model, member, "after")),
              new Cell(difference.image(), "is " + className(model, member, "label"))));
      String each = "images/%s-%02d-".formatted(name, rank++);
      files.put(each + "clean.png", clean.png());
      files.put(each + "adversarial.png", adversarial.png());
      files.put(each + "difference.png", difference.png());
    }
    return sheet;
  }

  private static String className(JsonNode model, JsonNode member, String field) {
    return model.path("classes").path(member.path(field).asInt()).asText();
  }

  private static String answer(JsonNode model, JsonNode member, String when) {
    return "%s %s"
        .formatted(
            Figures.format("%.0f%%", 100 * member.path("confidence_" + when).asDouble()),
            className(model, member, "prediction_" + when));
  }

  private static void rows(JsonNode model, Group group, CsvTable table) {
    int rank = 1;
    for (JsonNode member : model.path(group.word())) {
      table.add(
          model.path("name").asText(),
          model.path("epoch").asText(),
          group.word(),
          rank++,
          member.path("id").asLong(),
          className(model, member, "label"),
          className(model, member, "prediction_before"),
          member.path("confidence_before").asDouble(),
          className(model, member, "prediction_after"),
          member.path("confidence_after").asDouble(),
          member.path("loss").asDouble(),
          member.path("margin").asDouble());
    }
  }
}
