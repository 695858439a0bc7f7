package io.robusttrain.report.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.report.page.Page;
import io.robusttrain.report.page.Picture;
import io.robusttrain.report.page.Table;
import io.robusttrain.report.page.Table.Look;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/**
 * What the best model of a run makes of the validation split, {@code best/look.json}: classes,
 * confusions under attack, and some images with their adversarial twins.
 *
 * @param epoch whose weights these are, counted from 0
 * @param weights which weights of that epoch
 * @param classes those that have images
 * @param confusions the most frequent ones, most often first
 * @param twins images in the order of the split
 */
public record RunLook(
    int epoch,
    String weights,
    List<ClassCounts> classes,
    List<Confusion> confusions,
    List<Twins> twins) {
  /**
   * Images of one class.
   *
   * @param images of the split
   * @param clean of them classified right
   * @param attacked of them classified right under attack
   */
  public record ClassCounts(String name, int images, int clean, int attacked) {}

  /** How many images of a class are taken for another one under attack. */
  public record Confusion(String label, String answer, int images) {}

  /** An image before and after the attack. */
  public record Twins(long sample, String label, Twin clean, Twin attacked) {}

  /**
   * An image and the model's answer.
   *
   * @param png the image
   * @param confidence probability of the answer, in [0,1]
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Twin(byte[] png, String answer, double confidence) {}

  public RunLook {
    classes = List.copyOf(classes);
    confusions = List.copyOf(confusions);
    twins = List.copyOf(twins);
  }

  /** The content of the file. */
  public ObjectNode toJson() {
    ObjectNode root = Json.object().put("format_version", 1).put("epoch", epoch);
    root.put("weights", weights);
    ArrayNode counts = root.putArray("classes");
    for (ClassCounts row : classes) {
      counts
          .addObject()
          .put("name", row.name())
          .put("images", row.images())
          .put("clean", row.clean())
          .put("attacked", row.attacked());
    }
    ArrayNode pairs = root.putArray("confusions");
    for (Confusion pair : confusions) {
      pairs
          .addObject()
          .put("label", pair.label())
          .put("answer", pair.answer())
          .put("images", pair.images());
    }
    ArrayNode pictures = root.putArray("twins");
    for (Twins both : twins) {
      ObjectNode node = pictures.addObject().put("sample", both.sample());
      node.put("label", both.label());
      node.set("clean", json(both.clean()));
      node.set("attacked", json(both.attacked()));
    }
    return root;
  }

  private static ObjectNode json(Twin twin) {
    return Json.object()
        .put("answer", twin.answer())
        .put("confidence", twin.confidence())
        .put("png", Base64.getEncoder().encodeToString(twin.png()));
  }

  /**
   * What {@link #toJson} wrote.
   *
   * @throws io.robusttrain.base.JsonException if it is something else
   */
  public static RunLook fromJson(JsonNode root) {
    return new RunLook(
        Json.count(root, "epoch"),
        Json.text(root, "weights"),
        Json.list(
            root,
            "classes",
            row ->
                new ClassCounts(
                    Json.text(row, "name"),
                    Json.count(row, "images"),
                    Json.count(row, "clean"),
                    Json.count(row, "attacked"))),
        Json.list(
            root,
            "confusions",
            pair ->
                new Confusion(
                    Json.text(pair, "label"),
                    Json.text(pair, "answer"),
                    Json.count(pair, "images"))),
        Json.list(
            root,
            "twins",
            both ->
                new Twins(
                    Json.whole(both, "sample"),
                    Json.text(both, "label"),
                    twin(Json.field(both, "clean")),
                    twin(Json.field(both, "attacked")))));
  }

  private static Twin twin(JsonNode node) {
    return new Twin(
        Base64.getDecoder().decode(Json.text(node, "png")),
        Json.text(node, "answer"),
        Json.number(node, "confidence"));
  }

  /** Shows the images. */
  void pictures(Page page) {
    page.paragraph(
        "Images that lie evenly over the validation split, and the same after FGSM at full epsilon, in 8 bits; large ones are reduced.");
    List<Picture> pairs = new ArrayList<>();
    for (Twins both : twins) {
      pairs.add(
          new Picture(
              both.label(),
              both.clean().png(),
              both.clean().answer(),
              both.clean().confidence(),
              both.attacked().png(),
              both.attacked().answer(),
              both.attacked().confidence()));
    }
    page.pictures(pairs);
  }

  /** Classes, the most robust one first, and confusions. */
  void classes(Page page) {
    Table table = new Table("Accuracy of each class").column("class", Look.TEXT).numbers("images");
    table.column("clean", Look.SHARE).column("FGSM", Look.SHARE);
    Comparator<ClassCounts> byFgsm =
        Comparator.comparingDouble(row -> -row.attacked() / (double) row.images());
    for (ClassCounts row :
        classes.stream()
            .sorted(byFgsm.thenComparingDouble(row -> -row.clean() / (double) row.images()))
            .toList()) {
      table.row(
          row.name(),
          Integer.toString(row.images()),
          Double.toString(row.clean() / (double) row.images()),
          Double.toString(row.attacked() / (double) row.images()));
    }
    page.table(table);
    Table pairs = new Table("What the model takes images for under attack, most often first");
    pairs.column("is", Look.TEXT).column("is taken for", Look.TEXT).numbers("images");
    confusions.forEach(
        pair -> pairs.row(pair.label(), pair.answer(), Integer.toString(pair.images())));
    if (!pairs.isEmpty()) {
      page.table(pairs);
    }
  }
}
