package io.robusttrain.evaluate.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.tensor.ComputeDevice;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * A model, the images that it is looked at with, and how it is computed, checked against each
 * other. Made by {@link SubjectPlanner}.
 *
 * @param model what is looked at
 * @param preprocessing of the images
 * @param preprocessingWords the same in words
 * @param images the split
 * @param ids of the chosen images, ascending
 * @param samples how they were chosen
 * @param blocking how stages are cut
 * @param threads inside an operation: float sums depend on them
 * @param device where models compute
 * @param versions of the software, by name
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Subject(
    EvaluatedModel model,
    EvalTransform preprocessing,
    String preprocessingWords,
    ImageSet images,
    long[] ids,
    String samples,
    Blocking blocking,
    int threads,
    ComputeDevice device,
    SortedMap<String, String> versions) {
  /** The number of images. */
  public int count() {
    return ids.length;
  }

  /** Whether the whole split is looked at. */
  public boolean wholeSplit() {
    return count() == images.sampleCount();
  }

  /** What tells that the model knows other classes than the data has, in words. */
  public Optional<String> differentClass() {
    return differentClass(model.classNames(), images.classNames());
  }

  /**
   * The first class that two lists name differently.
   *
   * @param named by the model's file in index order; empty if it does not say, which is no
   *     difference
   * @param ofTheData as many names. Where either has none they are the numbers of the classes,
   *     which is no difference either
   * @return such as {@code class 1 is dog, that of the data hound}
   */
  static Optional<String> differentClass(List<String> named, List<String> ofTheData) {
    if (named.isEmpty()) {
      return Optional.empty();
    }
    return IntStream.range(0, ofTheData.size())
        .filter(index -> !ofTheData.get(index).equals(named.get(index)))
        .filter(index -> !ofTheData.get(index).equals(Integer.toString(index)))
        .filter(index -> !named.get(index).equals(Integer.toString(index)))
        .mapToObj(
            index ->
                "class %d is %s, that of the data %s"
                    .formatted(index, named.get(index), ofTheData.get(index)))
        .findFirst();
  }

  /** How a number of images is cut into blocks. */
  public Cut cut(int images) {
    return blocking.cut(images);
  }

  /**
   * Everything that a result depends on, as names and values.
   *
   * @param work what is done with model and images
   */
  public ObjectNode identity(ObjectNode work) {
    ObjectNode identity =
        Json.object()
            .put("model", model.architecture().name() + " " + model.architecture().arguments())
            .put("model_sha256", model.sha256())
            .put(
                "preprocessing",
                "%s, mean %s, std %s"
                    .formatted(
                        preprocessing, model.preprocessing().mean(), model.preprocessing().std()))
            .put("split", images.split())
            .put("data_sha256", images.fingerprint())
            .put("samples", samples)
            .put("samples_sha256", samplesDigest());
    // In this order, so that evaluations which an earlier version began go on.
    identity.setAll(work);
    identity
        .put("batch", blocking.batch())
        .put("min_blocks", blocking.leastBlocks())
        .put("full_pass", blocking.fullPass())
        .put("threads", threads)
        .put("device", device.name().toLowerCase(Locale.ROOT))
        .put("robusttrain", versions.getOrDefault("robusttrain", ""))
        .put("libtorch", versions.getOrDefault("libtorch", ""));
    // Only where it is said, so that evaluations from before there was a choice go on.
    model.fitting().key().ifPresent(key -> identity.put("weights_key", key));
    if (images.rules().orientation() == ExifOrientation.APPLY) {
      identity.put("exif_orientation", "apply");
    }
    return identity;
  }

  /** SHA-256 of the ids. */
  public String samplesDigest() {
    return Sha256.of(Arrays.toString(ids));
  }
}
