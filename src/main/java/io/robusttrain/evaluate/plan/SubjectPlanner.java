package io.robusttrain.evaluate.plan;

import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.transform.EvalTransform;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** Finds model and images of a request, or says what stands against it. */
public final class SubjectPlanner {
  private final Configuration hadoop;
  private final Map<String, String> versions;

  /**
   * A planner for one set of file systems.
   *
   * @param hadoop names the file systems
   * @param versions of the software, by name
   */
  public SubjectPlanner(Configuration hadoop, Map<String, String> versions) {
    this.hadoop = hadoop;
    this.versions = versions;
  }

  /**
   * Checks a request's model against its images.
   *
   * @throws EvaluationException if they do not fit
   * @throws io.robusttrain.data.DataException if the data is unusable
   * @throws io.robusttrain.checkpoint.tensors.CheckpointException if the weights are
   */
  public Subject plan(SubjectRequest request) {
    if (!request.device().available()) {
      throw new EvaluationException(
          "--device: libtorch finds no %s here; use --device cpu".formatted(request.device()));
    }
    ImageSet stored = ImageSet.open(hadoop, request.data(), request.split(), request.columns());
    int classes = stored.classNames().size();
    EvaluatedModel model = EvaluatedModel.load(request.model(), classes, hadoop);
    ImageSet images =
        stored.with(
            SampleRules.STRICT.with(request.orientation().orElseGet(model::exifOrientation)));
    requireSameClasses(model, images);
    ChosenSamples samples = ChosenSamples.of(request.samples(), images, hadoop);
    EvalTransform preprocessing = request.preprocessing().transform(model.preprocessing());
    return new Subject(
        model,
        preprocessing,
        words(request.preprocessing().words(preprocessing), images),
        images,
        samples.ids(),
        samples.words(),
        Blocking.of(
            request.batch(),
            request.leastBlocks(),
            model.architecture().macsPerImage(),
            request.device()),
        request.threads(),
        request.device(),
        new TreeMap<>(versions));
  }

  private static String words(String preprocessing, ImageSet images) {
    String turned =
        images.rules().orientation() == ExifOrientation.APPLY
            ? ", turned upright by their EXIF orientation"
            : "";
    return preprocessing + turned + images.unusualColumns().map(words -> "; " + words).orElse("");
  }

  private static void requireSameClasses(EvaluatedModel model, ImageSet images) {
    int outputs = model.architecture().numClasses();
    int classes = images.classNames().size();
    if (outputs != classes) {
      throw new EvaluationException(
          "%s has %d classes, split %s of %s has %d; evaluate a model on the classes that it was trained for"
              .formatted(model.path(), outputs, images.split(), images.path(), classes));
    }
  }
}
