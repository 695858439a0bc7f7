package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.PixelStatistics;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.pretrained.AdaptationReport.Change;
import io.robusttrain.pretrained.AdaptationReport.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a file says of the normalisation that its weights were trained behind, against the
 * configured one.
 */
public final class StoredNormalization {
  /** Constants are written with few digits and stored as float32. */
  private static final double TOLERANCE = 1e-6;

  private static final int CHANNELS = 3;

  private final WeightsFile file;
  private final StoredNames stored;
  private final Preprocessing configured;

  StoredNormalization(WeightsFile file, StoredNames stored, Preprocessing configured) {
    this.file = file;
    this.stored = stored;
    this.configured = configured;
  }

  /**
   * The constants of the normaliser that a file holds beside the weights, as models wrapped for
   * attacks have one.
   *
   * @param architecture whose names tell the weights
   * @param settings what the user can set
   * @return empty if there is none in the file
   * @throws CheckpointException if it has not one value a channel, or only half of it is there
   */
  public static Optional<PixelStatistics> find(
      WeightsFile file, Architecture architecture, SettingNames settings) throws IOException {
    StoredNames names = StoredNames.of(file.tensors(), architecture);
    if (names.halfNormalizer().isPresent()) {
      throw half(file, names.halfNormalizer().get(), settings);
    }
    return names.hasNormalizer()
        ? Optional.of(
            new PixelStatistics(
                constants(file, names.mean().orElseThrow()),
                constants(file, names.std().orElseThrow())))
        : Optional.empty();
  }

  /**
   * Whether a file's names are those of weights behind a normaliser.
   *
   * @param architecture whose names tell the weights
   */
  public static boolean behindNormalizer(WeightsFile file, Architecture architecture) {
    return StoredNames.of(file.tensors(), architecture).behindNormalizer();
  }

  /** What to report; a difference is an error unless it is overridden. */
  List<Change> check(AdaptationOptions options) throws IOException {
    List<Change> changes = new ArrayList<>();
    if (stored.halfNormalizer().isPresent()) {
      String half = stored.halfNormalizer().get();
      if (options.normalization() == AdaptationOptions.Normalization.CHECKED) {
        throw half(file, half, options.names());
      }
      changes.add(note("normalisation overridden: the file holds " + half));
    }
    if (stored.hasNormalizer()) {
      List<Double> mean = constants(file, stored.mean().orElseThrow());
      List<Double> std = constants(file, stored.std().orElseThrow());
      changes.add(note("the file's normaliser has mean %s and std %s".formatted(mean, std)));
      compare("its normaliser", mean, std, options, changes);
    } else if (file.card().isPresent()) {
      PreprocessingCard recorded = file.card().get().preprocessing();
      compare("its metadata", recorded.mean(), recorded.std(), options, changes);
    } else if (stored.behindNormalizer()) {
      changes.add(
          note(
              "names begin with %s, as behind a normaliser, but the file holds no constants; the configured ones are taken: mean %s, std %s"
                  .formatted(StoredNames.BEHIND_NORMALIZER, configured.mean(), configured.std())));
    }
    return changes;
  }

  private static CheckpointException half(WeightsFile file, String what, SettingNames settings) {
    String override =
        settings
            .otherNormalization()
            .map(
                other ->
                    "; or set %s to what the weights were trained behind and %s to go on without it"
                        .formatted(settings.normalization(), other))
            .orElse("");
    return new CheckpointException(
        "%s holds half a normaliser: %s. Add the other half or take this one out of the file%s."
            .formatted(file.path(), what, override));
  }

  private static List<Double> constants(WeightsFile file, TensorSpec spec) throws IOException {
    if (spec.elements() != CHANNELS) {
      throw new CheckpointException(
          "%s: the normaliser's %s is of shape %s, not one value a channel. Take the normaliser out of the file."
              .formatted(file.path(), spec.name(), spec.shape()));
    }
    List<Double> values = new ArrayList<>();
    for (float value : file.floats(spec.name())) {
      // By its shortest decimal: 0.485, not 0.48500001430511475.
      values.add(Double.parseDouble(Float.toString(value)));
    }
    return values;
  }

  private void compare(
      String where,
      List<Double> mean,
      List<Double> std,
      AdaptationOptions options,
      List<Change> changes) {
    if (near(mean, configured.mean()) && near(std, configured.std())) {
      return;
    }
    String difference =
        "%s says mean %s and std %s, %s mean %s and std %s"
            .formatted(
                where, mean, std, options.names().place(), configured.mean(), configured.std());
    switch (options.normalization()) {
      case CHECKED ->
          throw new CheckpointException(
              "%s was trained behind another normalisation: %s. Set %s to that of the file%s."
                  .formatted(
                      file.path(),
                      difference,
                      options.names().normalization(),
                      options
                          .names()
                          .otherNormalization()
                          .map(", or %s to go on with another"::formatted)
                          .orElse("")));
      case OVERRIDDEN -> changes.add(note("normalisation overridden: " + difference));
    }
  }

  private static boolean near(List<Double> a, List<Double> b) {
    boolean near = a.size() == b.size();
    for (int i = 0; near && i < a.size(); i++) {
      near = Math.abs(a.get(i) - b.get(i)) <= TOLERANCE;
    }
    return near;
  }

  private static Change note(String text) {
    return new Change(Kind.NOTE, text);
  }
}
