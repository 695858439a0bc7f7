package io.robusttrain.checkpoint.card;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.util.List;

/**
 * What turns an image file into the network's input.
 *
 * @param inputSize timm's {@code input_size}: channels, height, width in pixels
 * @param interpolation {@code bicubic}, {@code bilinear} ...
 * @param cropPct side of the centre crop over side of the resized image, in (0, 1]
 * @param mean per channel, of pixels in [0,1]; the normalisation is the model's first layer
 * @param std per channel, positive
 */
public record PreprocessingCard(
    List<Integer> inputSize,
    String interpolation,
    double cropPct,
    List<Double> mean,
    List<Double> std) {
  public PreprocessingCard {
    inputSize = List.copyOf(inputSize);
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (inputSize.size() != 3 || inputSize.stream().anyMatch(extent -> extent < 1)) {
      throw new IllegalArgumentException(
          "The input size is channels, height, width; given " + inputSize + ".");
    }
    if (!(cropPct > 0 && cropPct <= 1)) {
      throw new IllegalArgumentException("The crop fraction is in (0, 1]; given " + cropPct + ".");
    }
    if (mean.size() != inputSize.get(0) || std.size() != inputSize.get(0)) {
      throw new IllegalArgumentException(
          "Mean %s and std %s need one value for each of %d channels."
              .formatted(mean, std, inputSize.get(0)));
    }
    if (std.stream().anyMatch(value -> !(value > 0))) {
      throw new IllegalArgumentException("Every std is positive; given " + std + ".");
    }
  }

  /** Height of the input in pixels. */
  public int height() {
    return inputSize.get(1);
  }

  /** Width of the input in pixels. */
  public int width() {
    return inputSize.get(2);
  }

  /** Writes the card under timm's names: input_size, interpolation, crop_pct, mean, std. */
  public ObjectNode toJson() {
    ObjectNode node = Json.object();
    node.set("input_size", Json.node(inputSize));
    node.put("interpolation", interpolation).put("crop_pct", cropPct);
    node.set("mean", Json.node(mean));
    node.set("std", Json.node(std));
    return node;
  }

  /**
   * Inverse of {@link #toJson}.
   *
   * @throws JsonException if a field is missing or of another type
   */
  public static PreprocessingCard fromJson(JsonNode node) {
    return new PreprocessingCard(
        Json.list(node, "input_size", JsonNode::asInt),
        Json.text(node, "interpolation"),
        Json.number(node, "crop_pct"),
        Json.list(node, "mean", JsonNode::asDouble),
        Json.list(node, "std", JsonNode::asDouble));
  }
}
