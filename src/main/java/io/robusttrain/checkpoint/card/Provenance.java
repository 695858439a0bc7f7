package io.robusttrain.checkpoint.card;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where an artefact comes from: versions, data hash, seed, as strings by name.
 *
 * @param facts for instance {@code project}, {@code jdk}, {@code libtorch}, {@code bigdl}, {@code
 *     spark}, {@code data_sha256}, {@code seed}
 */
public record Provenance(SortedMap<String, String> facts) {
  /** The name of the fact that tells what the images of a run were, all splits together. */
  public static final String DATA = "data_sha256";

  /** The name of the fact that tells on what images the scores beside it were measured. */
  public static final String VALIDATION = "validation_sha256";

  public Provenance {
    facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
  }

  /** Takes the facts of any map. */
  public static Provenance of(Map<String, String> facts) {
    return new Provenance(new TreeMap<>(facts));
  }

  /** Writes an object with one string for each fact. */
  public ObjectNode toJson() {
    return Json.node(facts);
  }

  /**
   * Inverse of {@link #toJson}.
   *
   * @throws JsonException if a value is not a string
   */
  public static Provenance fromJson(JsonNode node) {
    return new Provenance(Json.strings(node, "provenance"));
  }
}
