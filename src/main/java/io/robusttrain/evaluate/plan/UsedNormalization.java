package io.robusttrain.evaluate.plan;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.pretrained.StoredNormalization;
import io.robusttrain.pretrained.WeightsFile;
import java.io.IOException;
import java.util.Optional;

/**
 * The normalisation that a model is evaluated behind.
 *
 * @param statistics its constants
 * @param source where they come from, in words
 */
public record UsedNormalization(PixelStatistics statistics, String source) {
  /**
   * Finds out which normalisation weights were trained behind: what the user names, then what the
   * file records, then, if timm's default for the model has none and nothing in the file speaks of
   * one, none.
   *
   * @param network that the weights belong to
   * @throws EvaluationException if only a guess would be left
   */
  static UsedNormalization of(WeightsFile file, Architecture network, ModelRequest request)
      throws IOException {
    if (request.normalization().isPresent()) {
      NormalizationChoice choice = request.normalization().get();
      return new UsedNormalization(choice.of(network), choice.source());
    }
    Optional<UsedNormalization> recorded = recorded(file, network, request);
    if (recorded.isPresent()) {
      return recorded.get();
    }
    PixelStatistics defaults = network.defaultPreprocessing().statistics();
    if (!defaults.equals(PixelStatistics.NONE)) {
      throw new EvaluationException(
          "%s does not say which normalisation its weights were trained behind: timm's default for %s is %s, robust models are mostly trained on pixels as they are, and the wrong one gives a wrong accuracy. Say --normalize default for timm's, --normalize none for pixels as they are, or the constants"
              .formatted(file.path(), network.name(), defaults));
    }
    if (StoredNormalization.behindNormalizer(file, network)) {
      throw new EvaluationException(
          "%s does not say which normalisation its weights were trained behind: their names begin with model., as behind a normaliser, whose constants the file does not hold, and the wrong ones give a wrong accuracy. Say --normalize none for pixels as they are, or the constants"
              .formatted(file.path()));
    }
    return new UsedNormalization(defaults, "the default of " + network.name());
  }

  private static Optional<UsedNormalization> recorded(
      WeightsFile file, Architecture network, ModelRequest request) throws IOException {
    if (file.card().isPresent()) {
      PixelStatistics stored =
          new PixelStatistics(
              file.card().get().preprocessing().mean(), file.card().get().preprocessing().std());
      return Optional.of(new UsedNormalization(stored, "recorded in the model file"));
    }
    return StoredNormalization.find(file, network, request.fitting().names())
        .map(found -> new UsedNormalization(found, "the normaliser in the file"));
  }

  @Override
  public String toString() {
    String what =
        statistics.equals(PixelStatistics.NONE) ? "pixels as they are" : statistics.toString();
    return "%s (%s)".formatted(what, source);
  }
}
