package io.robusttrain.refine;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.tensor.SeedKey;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/**
 * A model file of this project that goes into an average. Its weights are not kept: they are read
 * again when they are needed, and must still be the same.
 *
 * @param path of the file that was read
 * @param card what it says of itself
 * @param network without normalisation
 * @param digest SHA-256 of the flat vector
 */
record Ingredient(String path, ModelCard card, Architecture network, String digest) {
  /** Drop path has no weights, and does nothing outside of training. */
  static final String DROP_PATH = "drop_path_rate";

  /**
   * Reads a model.
   *
   * @throws EvaluationException if there is nothing at the path
   * @throws CheckpointException if it is no model of this project, damaged, or has a value that is
   *     no number
   */
  static Ingredient open(String path, Configuration hadoop) throws IOException {
    try (WeightsFile file = WeightsLocation.open(path, hadoop, Optional.empty())) {
      ModelCard card =
          file.card()
              .orElseThrow(
                  () ->
                      new CheckpointException(
                          "%s is not a model of this project, so nothing says what it computes. Name a run directory, a checkpoint directory or a model.safetensors that a run wrote."
                              .formatted(path)));
      ArchitectureCard named = card.architecture();
      Architecture network = ModelRegistry.create(named.model(), named.arguments());
      float[] weights = weights(file, network);
      requireNumbers(file.path(), weights);
      return new Ingredient(file.path(), card, network, digest(weights));
    } catch (FileNotFoundException absent) {
      throw new EvaluationException(
          "there is no %s; name a model file, a run directory or a checkpoint directory"
              .formatted(path),
          absent);
    }
  }

  /**
   * The flat vector (P) of the network's layout.
   *
   * @throws CheckpointException if it is no longer what it was
   */
  float[] weights(Configuration hadoop) throws IOException {
    try (WeightsFile file = WeightsLocation.open(path, hadoop, Optional.empty())) {
      float[] weights = weights(file, network);
      if (!digest(weights).equals(digest)) {
        throw new CheckpointException(
            "%s is not what it was when this command began. Let nothing write there, and repeat the command."
                .formatted(path));
      }
      return weights;
    }
  }

  private static float[] weights(WeightsFile file, Architecture network) throws IOException {
    Preprocessing own = network.defaultPreprocessing();
    if (file.card().isPresent()) {
      own = preprocessing(file.card().get());
    }
    return Adaptation.fit(file, network, own, AdaptationOptions.strict(), SeedKey.of(0)).values();
  }

  /** What makes the input of a model that says it of itself. */
  static Preprocessing preprocessing(ModelCard card) {
    return new Preprocessing(
        card.preprocessing().height(),
        card.preprocessing().width(),
        card.preprocessing().mean(),
        card.preprocessing().std(),
        card.preprocessing().cropPct(),
        card.preprocessing().interpolation());
  }

  private static void requireNumbers(String path, float... weights) {
    for (float weight : weights) {
      if (!Float.isFinite(weight)) {
        throw new CheckpointException(
            "%s has weights that are no finite numbers, so no average with it has. Leave it out."
                .formatted(path));
      }
    }
  }

  /** SHA-256 of a flat vector, as big-endian float32. */
  static String digest(float... weights) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer bytes = ByteBuffer.allocate(Math.min(weights.length, 1 << 14) * Float.BYTES);
    for (int start = 0; start < weights.length; start += bytes.capacity() / Float.BYTES) {
      int count = Math.min(bytes.capacity() / Float.BYTES, weights.length - start);
      bytes.clear().asFloatBuffer().put(weights, start, count);
      digest.update(bytes.array(), 0, count * Float.BYTES);
    }
    return Sha256.hex(digest);
  }

  /** How another model's kind differs from this one's, in words; nothing if an average is one. */
  List<String> differences(Ingredient other) {
    List<String> texts = new ArrayList<>();
    compare("the model", card.architecture().model(), other.card.architecture().model(), texts);
    if (texts.isEmpty()) {
      Map<String, Object> mine = card.architecture().arguments();
      Map<String, Object> others = other.card.architecture().arguments();
      Set<String> names = new TreeSet<>(mine.keySet());
      names.addAll(others.keySet());
      names.remove(DROP_PATH);
      names.forEach(name -> compare(name, mine.get(name), others.get(name), texts));
    }
    Map<String, Object> input = preprocessingValues();
    Map<String, Object> otherInput = other.preprocessingValues();
    input.forEach((name, value) -> compare(name, value, otherInput.get(name), texts));
    compare("the list of classes", card.classNames(), other.card.classNames(), texts);
    compare("exif_orientation", orientation(), other.orientation(), texts);
    return texts;
  }

  private Map<String, Object> preprocessingValues() {
    Map<String, Object> values = new TreeMap<>();
    card.preprocessing()
        .toJson()
        .fields()
        .forEachRemaining(field -> values.put(field.getKey(), field.getValue()));
    return values;
  }

  private String orientation() {
    return card.provenance().facts().getOrDefault("exif_orientation", "ignore");
  }

  private static void compare(String name, Object mine, Object other, List<String> texts) {
    if (!Objects.equals(mine, other)) {
      texts.add("%s is %s instead of %s".formatted(name, shown(other), shown(mine)));
    }
  }

  private static String shown(Object value) {
    return value == null ? "not set" : value.toString();
  }
}
