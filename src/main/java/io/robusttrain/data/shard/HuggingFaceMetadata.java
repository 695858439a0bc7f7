package io.robusttrain.data.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.data.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The JSON that the Hugging Face libraries leave in a Parquet file's key-value metadata. */
final class HuggingFaceMetadata {
  static final String KEY = "huggingface";

  private HuggingFaceMetadata() {}

  /**
   * Names of the classes of a feature, in index order; empty when the metadata is absent or does
   * not say.
   *
   * @param json the metadata's value or null
   * @param label name of the feature
   */
  static List<String> classNames(String json, String label) {
    List<String> names = new ArrayList<>();
    if (json != null) {
      try {
        JsonNode features = Json.tree(json.getBytes(UTF_8)).path("info").path("features");
        for (JsonNode name : features.path(label).path("names")) {
          names.add(name.asText());
        }
      } catch (IOException e) {
        throw new DataException(
            "the Parquet metadata '" + KEY + "' is no JSON: " + e.getMessage(), e);
      }
    }
    return names;
  }
}
