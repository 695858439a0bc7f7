package io.robusttrain.evaluate.plan;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationReport;
import io.robusttrain.pretrained.AdaptedWeights;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.storage.Storage;
import io.robusttrain.tensor.SeedKey;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
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
 * @param fitting how they were read
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
    Fitting fitting,
    float[] weights) {
  /**
   * What was made of a file's weights.
   *
   * @param normalization that the model has
   * @param key where in a PyTorch file they are; empty: the usual places
   * @param report what was renamed, resized, left out
   * @param asSaved whether network and normalisation are those that the file records
   */
  public record Fitting(
      UsedNormalization normalization,
      Optional<String> key,
      AdaptationReport report,
      boolean asSaved) {}

  /**
   * Reads a model.
   *
   * @param request which, and what the file does not say
   * @param classes of the data, for weights that do not say how many they have
   * @param hadoop names the file systems
   * @throws EvaluationException if there is no such file, or nothing says what network or which
   *     normalisation it has
   */
  public static EvaluatedModel load(ModelRequest request, int classes, Configuration hadoop) {
    try (WeightsFile file = WeightsLocation.open(request.path(), hadoop, request.key())) {
      Optional<ModelCard> card = file.card();
      Architecture network = request.network(card, classes);
      requireSquare(network);
      UsedNormalization normalization = UsedNormalization.of(file, network, request);
      Preprocessing preprocessing =
          input(request, card, network).normalizedBy(normalization.statistics());
      AdaptedWeights fitted =
          Adaptation.fit(file, network, preprocessing, request.fitting(), SeedKey.of(0));
      return new EvaluatedModel(
          NormalizedArchitecture.of(network, preprocessing),
          preprocessing,
          card.map(ModelCard::classNames).orElse(List.of()),
          card.flatMap(ModelCard::scores),
          card.map(found -> found.provenance().facts()).orElseGet(TreeMap::new),
          file.path(),
          digest(file.path(), hadoop),
          new Fitting(
              normalization,
              request.key(),
              fitted.report(),
              card.filter(saved -> same(saved, network, preprocessing)).isPresent()),
          fitted.values());
    } catch (FileNotFoundException absent) {
      throw new EvaluationException(
          "--model: " + absent.getMessage() + "; name a model file, a run or a checkpoint", absent);
    } catch (IOException failed) {
      throw new EvaluationException(
          "--model: %s cannot be read: %s".formatted(request.path(), failed.getMessage()), failed);
    }
  }

  /** The input that weights were saved with, or timm's default, at the size that was asked for. */
  private static Preprocessing input(
      ModelRequest request, Optional<ModelCard> card, Architecture network) {
    boolean resized = request.arguments().arguments().containsKey("img_size");
    return card.map(found -> preprocessing(found.preprocessing()))
        .map(stored -> resized ? stored.at(network.image()) : stored)
        .orElseGet(network::defaultPreprocessing);
  }

  private static void requireSquare(Architecture network) {
    if (network.imageHeight() != network.imageWidth()) {
      throw new EvaluationException(
          "an evaluation takes square images, the input of %s is %dx%d pixels (height x width); give --img-size one number"
              .formatted(network.name(), network.imageHeight(), network.imageWidth()));
    }
  }

  /** Whether a network and its input are those that a file records, whatever options were given. */
  private static boolean same(ModelCard saved, Architecture network, Preprocessing preprocessing) {
    ArchitectureCard card = saved.architecture();
    Architecture recorded = ModelRegistry.create(card.model(), ModelOptions.of(card.arguments()));
    return card(network).equals(card(recorded))
        && preprocessing(saved.preprocessing()).equals(preprocessing);
  }

  private static ArchitectureCard card(Architecture network) {
    return ArchitectureCard.of(network.name(), network.arguments());
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

  /** What the screen shows of it: the network, its normalisation, and what was changed to fit. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "model %s, normalisation: %s".formatted(architecture.name(), fitting.normalization()));
    fitting.report().changes().forEach(change -> lines.add("  " + change));
    return lines;
  }

  /** What became of EXIF orientations where the model was trained, as far as its file says. */
  public ExifOrientation exifOrientation() {
    return "apply".equals(provenance.get("exif_orientation"))
        ? ExifOrientation.APPLY
        : ExifOrientation.IGNORE;
  }

  private static String digest(String file, Configuration hadoop) throws IOException {
    Path path = new Path(file);
    FileSystem fs = Storage.fileSystem(path, hadoop);
    return Storage.read(
        fs,
        path,
        place -> {
          try (InputStream in = fs.open(place)) {
            return Sha256.of(in);
          }
        });
  }
}
