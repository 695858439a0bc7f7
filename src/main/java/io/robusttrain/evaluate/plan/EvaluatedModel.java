package io.robusttrain.evaluate.plan;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.AdaptedWeights;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.storage.Storage;
import io.robusttrain.tensor.SeedKey;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A model with its weights, read from a file, and what the file says of itself.
 *
 * @param architecture with the normalisation as its first layer
 * @param preprocessing the checkpoint's own, or timm's for weights that come without one
 * @param classNames in index order; empty if the file does not say
 * @param scores of exactly these weights, if the file has them
 * @param provenance where the weights come from, as names and values
 * @param path of the file that was read
 * @param sha256 of that file
 * @param weights the flat vector (P) of the architecture's layout
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EvaluatedModel(
    Architecture architecture,
    Preprocessing preprocessing,
    List<String> classNames,
    Optional<Scores> scores,
    SortedMap<String, String> provenance,
    String path,
    String sha256,
    float[] weights) {
  /**
   * Reads a model.
   *
   * @param path a model file, a run directory, a checkpoint directory, or any file of weights
   * @param name timm's name, for weights that do not say what they belong to
   * @param classes of the data, for the same weights
   * @param hadoop names the file systems
   * @throws EvaluationException if there is no such file, or nothing says what network it is
   */
  static EvaluatedModel load(
      String path, Optional<String> name, int classes, Configuration hadoop) {
    try (WeightsFile file = WeightsLocation.open(path, hadoop, Optional.empty())) {
      Optional<ModelCard> card = file.card();
      if (card.isEmpty() && name.isEmpty()) {
        throw new EvaluationException(
            path + " does not say which network it belongs to; name it with --arch");
      }
      Architecture network =
          card.map(EvaluatedModel::network)
              .orElseGet(
                  () ->
                      ModelRegistry.create(
                          name.orElseThrow(), ModelOptions.none().withNumClasses(classes)));
      Preprocessing preprocessing =
          card.map(found -> preprocessing(found.preprocessing()))
              .orElseGet(() -> network.defaultPreprocessing().unnormalized());
      AdaptedWeights fitted =
          Adaptation.fit(file, network, preprocessing, AdaptationOptions.strict(), SeedKey.of(0));
      return new EvaluatedModel(
          NormalizedArchitecture.of(network, preprocessing),
          preprocessing,
          card.map(ModelCard::classNames).orElse(List.of()),
          card.flatMap(ModelCard::scores),
          card.map(found -> found.provenance().facts()).orElseGet(TreeMap::new),
          file.path(),
          digest(file.path(), hadoop),
          fitted.values());
    } catch (FileNotFoundException absent) {
      throw new EvaluationException(
          "--model: " + absent.getMessage() + "; name a model file, a run or a checkpoint", absent);
    } catch (IOException failed) {
      throw new EvaluationException(
          "--model: %s cannot be read: %s".formatted(path, failed.getMessage()), failed);
    }
  }

  private static Architecture network(ModelCard card) {
    Map<String, Object> arguments = card.architecture().arguments();
    return ModelRegistry.create(card.architecture().model(), ModelOptions.of(arguments));
  }

  private static Preprocessing preprocessing(PreprocessingCard stored) {
    return new Preprocessing(
        stored.height(),
        stored.width(),
        stored.mean(),
        stored.std(),
        stored.cropPct(),
        stored.interpolation());
  }

  private static String digest(String file, Configuration hadoop) throws IOException {
    Path path = new Path(file);
    try (InputStream in = Storage.fileSystem(path, hadoop).open(path)) {
      return Sha256.of(in);
    }
  }
}
