package io.robusttrain.refine;

import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.data.load.SampleReader;
import io.robusttrain.evaluate.plan.Cut;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.family.ModelRegistry;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Images that something is measured on, and the models that take the place of those in files. */
public final class Subjects {
  /** Images of a split that statistics are measured on, unless the user says which. */
  static final int USUAL_IMAGES = 1024;

  private static final long SEED = 0;

  private Subjects() {}

  /**
   * Plans the images of statistics: those that were asked for, or, where all were, at most {@value
   * #USUAL_IMAGES} that are drawn by seed 0.
   */
  public static Subject forStatistics(SubjectPlanner planner, SubjectRequest request) {
    Subject subject = planner.plan(request);
    return request.samples() instanceof SampleChoice.All && subject.count() > USUAL_IMAGES
        ? planner.plan(request.with(new SampleChoice.Drawn(USUAL_IMAGES, SEED)))
        : subject;
  }

  /**
   * The same images for other weights.
   *
   * @param architecture with the normalisation as its first layer
   * @param scores of exactly these weights, if they have any
   */
  static Subject with(
      Subject subject, Architecture architecture, float[] weights, Optional<Scores> scores) {
    EvaluatedModel model = subject.model();
    return with(subject, architecture, weights, scores, model.provenance(), model.path());
  }

  /**
   * The same images for other weights that come from elsewhere.
   *
   * @param architecture with the normalisation as its first layer
   * @param scores of exactly these weights, if they have any
   * @param provenance where these weights come from
   * @param path of their file, or what they are called
   */
  static Subject with(
      Subject subject,
      Architecture architecture,
      float[] weights,
      Optional<Scores> scores,
      SortedMap<String, String> provenance,
      String path) {
    EvaluatedModel model = subject.model();
    return new Subject(
        new EvaluatedModel(
            architecture,
            model.preprocessing(),
            model.classNames(),
            scores,
            provenance,
            path,
            Ingredient.digest(weights),
            model.fitting(),
            weights),
        subject.preprocessing(),
        subject.preprocessingWords(),
        subject.images(),
        subject.ids(),
        subject.samples(),
        subject.blocking(),
        subject.threads(),
        subject.device(),
        subject.versions());
  }

  /** The subject's network with another argument, its normalisation before it. */
  static Architecture network(Subject subject, String argument, Object value) {
    Architecture network = subject.model().architecture();
    Map<String, Object> arguments = new TreeMap<>(network.arguments());
    return NormalizedArchitecture.of(
        ModelRegistry.create(network.name(), ModelOptions.of(arguments).with(argument, value)),
        subject.model().preprocessing());
  }

  /** SHA-256 of all that a measurement depends on. */
  static String fingerprint(Subject subject, String work) {
    return Sha256.of(subject.identity(Json.object().put("work", work)).toString());
  }

  /** Which images these are, in words. */
  static String words(Subject subject) {
    return "%s of split %s of %s"
        .formatted(subject.samples(), subject.images().split(), subject.images().path());
  }

  /** The chosen images in blocks, each with its number. */
  static <T> List<T> blocks(Subject subject, BiFunction<Integer, long[], T> task) {
    Cut cut = subject.cut(subject.count());
    return IntStream.range(0, cut.blocks())
        .mapToObj(
            block ->
                task.apply(
                    block,
                    Arrays.copyOfRange(subject.ids(), cut.start(block), cut.start(block + 1))))
        .toList();
  }

  /** Reads images as unsigned bytes (B, 3, S, S). */
  static byte[] read(EvaluationJob job, long... ids) throws IOException {
    SampleReader reader =
        new SampleReader(job.folder().configuration(), job.images(), job.preprocessing());
    int bytes = 3 * job.side() * job.side();
    byte[] pixels = new byte[Math.multiplyExact(ids.length, bytes)];
    for (int i = 0; i < ids.length; i++) {
      reader.read(ids[i], pixels, i * bytes);
    }
    return pixels;
  }
}
