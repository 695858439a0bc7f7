package io.robusttrain.evaluate.published;

import io.robusttrain.base.NearestNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;

/** The entries of RobustBench whose architecture is known here. Immutable. */
public final class RobustBench {
  private static final String TABLE = "robustbench.tsv";
  private static final int COLUMNS = 10;
  private static final List<PublishedModel> MODELS = read();

  private RobustBench() {}

  /** All entries, ImageNet first. */
  public static List<PublishedModel> models() {
    return MODELS;
  }

  /**
   * The entry of a name.
   *
   * @param name RobustBench's, after {@code cifar10/} or {@code imagenet/} where several data sets
   *     have it
   * @throws IllegalArgumentException if there is none, with the nearest names, or if there are
   *     several
   */
  public static PublishedModel named(String name) {
    List<PublishedModel> found =
        MODELS.stream()
            .filter(model -> name.equals(model.name()) || name.equals(qualified(model)))
            .toList();
    if (found.isEmpty()) {
      TreeSet<String> known = new TreeSet<>();
      MODELS.forEach(model -> known.add(model.name()));
      throw new IllegalArgumentException(
          "no entry of RobustBench that is known here is named %s; the nearest are %s; RobustInspect robustbench lists all"
              .formatted(name, String.join(", ", NearestNames.to(name, known))));
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "RobustBench has %s for several data sets: say %s"
              .formatted(
                  name, String.join(" or ", found.stream().map(RobustBench::qualified).toList())));
    }
    return found.get(0);
  }

  private static String qualified(PublishedModel model) {
    return model.dataset() + "/" + model.name();
  }

  private static List<PublishedModel> read() {
    try (InputStream in = RobustBench.class.getResourceAsStream(TABLE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> !line.startsWith("#")).map(RobustBench::model).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PublishedModel model(String line) {
    List<String> cells = List.of(line.split("\t", -1));
    if (cells.size() != COLUMNS) {
      throw new IllegalStateException("%s: %d columns in: %s".formatted(TABLE, cells.size(), line));
    }
    return new PublishedModel(
        cells.get(0),
        cells.get(1),
        cells.get(2),
        cells.get(3),
        cells.get(4),
        cells.get(5),
        Boolean.parseBoolean(cells.get(6)),
        cells.get(7),
        cells.get(8),
        cells.get(9));
  }
}
