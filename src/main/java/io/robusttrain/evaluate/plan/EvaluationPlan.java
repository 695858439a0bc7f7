package io.robusttrain.evaluate.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.tensor.ComputeDevice;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * An evaluation that was checked against its model and its data, before anything expensive starts.
 * Two evaluations with equal {@link #fingerprint()}s have equal results on any number of executors,
 * as long as these have the same kind of processor. Made by {@link EvaluationPlanner}.
 *
 * @param model what is attacked
 * @param preprocessing of the images
 * @param preprocessingWords the same in words
 * @param images the split
 * @param ids of the chosen images, ascending
 * @param samples how they were chosen
 * @param attackSet name of the attacks as a whole
 * @param norm of the threat model
 * @param radii in order
 * @param attacks all stages but the clean one, in order
 * @param coverage which images each attack works on
 * @param seed of all random draws
 * @param blocking how stages are cut
 * @param threads inside an operation: float sums depend on them
 * @param device where models compute
 * @param versions of the software, by name
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EvaluationPlan(
    EvaluatedModel model,
    EvalTransform preprocessing,
    String preprocessingWords,
    ImageSet images,
    long[] ids,
    String samples,
    String attackSet,
    Norm norm,
    List<Double> radii,
    List<PlannedAttack> attacks,
    Coverage coverage,
    long seed,
    Blocking blocking,
    int threads,
    ComputeDevice device,
    SortedMap<String, String> versions) {
  public EvaluationPlan {
    radii = List.copyOf(radii);
    attacks = List.copyOf(attacks);
  }

  /** The number of images. */
  public int count() {
    return ids.length;
  }

  /** Whether the whole split is evaluated. */
  public boolean wholeSplit() {
    return count() == images.sampleCount();
  }

  /** The stages, the clean one included. */
  public int stages() {
    return attacks.size() + 1;
  }

  /** How a number of images is cut into blocks. */
  public Cut cut(int images) {
    return blocking.cut(images);
  }

  /** Everything that the result depends on, as names and values. */
  public ObjectNode identity() {
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
            .put("samples_sha256", Sha256.of(Arrays.toString(ids)))
            .put("norm", norm.name().toLowerCase(Locale.ROOT))
            .put("radii", radii.toString())
            .put(
                "attacks",
                attacks.stream()
                    .map(stage -> stage.attack().toString())
                    .collect(Collectors.joining("; ")))
            .put("coverage", coverage.name().toLowerCase(Locale.ROOT))
            .put("seed", seed)
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

  /** SHA-256 of the {@link #identity()}. */
  public String fingerprint() {
    return Sha256.of(identity().toString());
  }
}
