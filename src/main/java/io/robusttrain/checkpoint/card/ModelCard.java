package io.robusttrain.checkpoint.card;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything beside the weights that is needed to use a model and to trust it.
 *
 * @param architecture what builds the network
 * @param preprocessing what makes its input
 * @param classNames in index order
 * @param scores of exactly these weights; empty if they were never validated
 * @param provenance where they come from
 */
public record ModelCard(
    ArchitectureCard architecture,
    PreprocessingCard preprocessing,
    List<String> classNames,
    Optional<Scores> scores,
    Provenance provenance) {
  public ModelCard {
    classNames = List.copyOf(classNames);
  }

  /** Writes one JSON string for each part, as safetensors metadata wants it. */
  Map<String, String> toMetadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("architecture", architecture.toJson().toString());
    metadata.put("preprocessing", preprocessing.toJson().toString());
    metadata.put("class_names", Json.node(classNames).toString());
    scores.ifPresent(value -> metadata.put("scores", value.toJson().toString()));
    metadata.put("provenance", provenance.toJson().toString());
    return metadata;
  }

  static ModelCard fromMetadata(Map<String, String> metadata, String file) {
    try {
      return new ModelCard(
          ArchitectureCard.fromJson(part(metadata, "architecture")),
          PreprocessingCard.fromJson(part(metadata, "preprocessing")),
          Json.list(
              Json.object().set("class_names", part(metadata, "class_names")),
              "class_names",
              JsonNode::asText),
          Optional.ofNullable(metadata.get("scores"))
              .map(text -> Scores.fromJson(Json.parse(text, "scores"))),
          Provenance.fromJson(part(metadata, "provenance")));
    } catch (CheckpointException | IllegalArgumentException e) {
      throw new CheckpointException(
          "%s is not a model file of this project: %s. Use a model.safetensors that a run wrote."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static JsonNode part(Map<String, String> metadata, String key) {
    String text = metadata.get(key);
    if (text == null) {
      throw Json.wrong(key, "missing from the metadata");
    }
    return Json.parse(text, key);
  }
}
