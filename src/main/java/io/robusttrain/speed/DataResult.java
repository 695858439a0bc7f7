package io.robusttrain.speed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.data.load.MeanImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What loading took, by recipe, as text and as JSON. Used from one thread.
 *
 * <p>Shares are of the time of all decode threads and of the thread that takes the step.
 */
public final class DataResult {
  private static final String ROW = "| %s | %s | %s | %s | %s |%n";

  private final String source;
  private final MeanImage mean;
  private final int size;
  private final int threads;
  private final Map<String, List<DataTimes>> rounds = new LinkedHashMap<>();

  /**
   * A result without rounds.
   *
   * @param source of the images, in words
   * @param mean their size
   * @param size side that they are cropped to, in pixels
   * @param threads that decode
   */
  public DataResult(String source, MeanImage mean, int size, int threads) {
    this.source = source;
    this.mean = mean;
    this.size = size;
    this.threads = threads;
  }

  /** Adds a round of a recipe. */
  public void add(String recipe, DataTimes times) {
    rounds.computeIfAbsent(recipe, name -> new ArrayList<>()).add(times);
  }

  /** A table for each recipe. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        Figures.format(
            "%s: %.0f x %.0f pixels and %.1f kB on average; to %d pixels, %s%n",
            source,
            mean.width(),
            mean.height(),
            mean.bytes() / 1e3,
            size,
            Figures.counted(threads, "decode thread")));
    rounds.forEach((recipe, times) -> text.append(table(recipe, times)));
    return text.toString();
  }

  private String table(String recipe, List<DataTimes> times) {
    StringBuilder text = new StringBuilder();
    Spread whole = DataTimes.over(times, t -> 1 / t.whole());
    Spread loading = DataTimes.over(times, t -> 1 / t.loading());
    text.append(
        Figures.format(
            "%n%s, %s of %d images: %s images/s; decoded and augmented, but not yet floats: %s%n%n",
            recipe,
            Figures.counted(times.size(), "round"),
            times.get(0).images(),
            rates(whole),
            rates(loading)));
    text.append(ROW.formatted("stage", "ms an image", "min to max", "share", "images/s alone"));
    text.append("|---|---|---|---|---|%n".formatted());
    double all = DataTimes.over(times, this::busy).median();
    for (DataTimes.Part part : DataTimes.parts(times, threads)) {
      double median = part.seconds().median();
      if (median >= all / 2000) { // what a recipe leaves out takes some nanoseconds
        text.append(
            ROW.formatted(
                part.words(),
                Figures.format("%.3f", 1e3 * median),
                Figures.format(
                    "%.3f to %.3f", 1e3 * part.seconds().min(), 1e3 * part.seconds().max()),
                Figures.format("%.1f %%", 100 * median / all),
                Figures.format("%.0f", 1 / median)));
      }
    }
    return text.toString();
  }

  private double busy(DataTimes times) {
    return threads * times.loading() + times.converting() + times.mixing();
  }

  private static String rates(Spread rates) {
    return Figures.format("%.0f (%.0f to %.0f)", rates.median(), rates.min(), rates.max());
  }

  /** One object with all figures; {@code recipes} in the order of their first rounds. */
  public ObjectNode json() {
    ObjectNode json = Json.object();
    json.put("source", source);
    json.put("mean_width", mean.width());
    json.put("mean_height", mean.height());
    json.put("mean_encoded_bytes", mean.bytes());
    json.put("img_size", size);
    json.put("threads", threads);
    ArrayNode recipes = json.putArray("recipes");
    rounds.forEach((recipe, times) -> recipes.add(json(recipe, times)));
    return json;
  }

  private ObjectNode json(String recipe, List<DataTimes> times) {
    ObjectNode json = Json.object();
    json.put("recipe", recipe);
    json.put("rounds", times.size());
    json.put("images_per_round", times.get(0).images());
    json.set("images_per_s", DataTimes.over(times, t -> 1 / t.whole()).json());
    json.set("loaded_images_per_s", DataTimes.over(times, t -> 1 / t.loading()).json());
    ObjectNode stages = json.putObject("seconds_per_image");
    for (DataTimes.Part part : DataTimes.parts(times, threads)) {
      stages.set(part.name(), part.seconds().json());
    }
    return json;
  }
}
