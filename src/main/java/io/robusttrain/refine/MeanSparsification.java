package io.robusttrain.refine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.evaluate.run.EvaluationJob;
import io.robusttrain.evaluate.run.StageRunner;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.model.layer.MeanSparse;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A trained model with sparsified activations ({@link MeanSparse}): the mean and the standard
 * deviation of each channel are measured over clean images, and go with the weights. The output
 * directory holds {@code model.safetensors}, an ordinary model file whose network says {@code
 * mean_sparse}, and {@code meansparse.json}, which is written last.
 */
public final class MeanSparsification {
  private static final String RESULT = "meansparse.json";
  private static final String STATISTICS = "statistics";

  private final MeanSparsePlan plan;
  private final EvaluationFolder folder;
  private final Subject subject;
  private final Architecture network;

  private MeanSparsification(MeanSparsePlan plan, EvaluationFolder folder) {
    this.plan = plan;
    this.folder = folder;
    this.subject = plan.subject();
    Architecture plain = subject.model().architecture();
    Map<String, Object> arguments = new TreeMap<>(plain.arguments());
    this.network =
        ModelRegistry.create(
            plain.name(), ModelOptions.of(arguments).with(ModelOptions.MEAN_SPARSE, plan.alpha()));
  }

  /**
   * Takes a directory for a model, or takes it up again.
   *
   * @throws io.robusttrain.evaluate.plan.EvaluationException if it belongs to other work, or holds
   *     a model; the message lists the differences
   */
  public static MeanSparsification in(EvaluationFolder folder, MeanSparsePlan plan)
      throws IOException {
    RefinedModel.claim(folder, "sparsification", plan.identity());
    return new MeanSparsification(plan, folder);
  }

  /** What the screen shows of a finished model; empty if it is not. */
  public Optional<List<String>> finished() throws IOException {
    return RefinedModel.finished(folder, RESULT);
  }

  /**
   * Measures and writes the model.
   *
   * @return what the screen shows
   */
  public List<String> run(Bench bench) throws IOException {
    float[] weights = widened();
    SortedMap<String, Integer> places = places();
    ChannelMoments moments = moments(bench, weights, places);
    int channel = 0;
    ParameterLayout layout = network.layout();
    for (Map.Entry<String, Integer> layer : places.entrySet()) {
      int means = layout.offset(layer.getKey() + MeanSparse.MEAN);
      int deviations = layout.offset(layer.getKey() + MeanSparse.STD);
      for (int i = 0; i < layer.getValue(); i++) {
        weights[means + i] = (float) moments.mean(channel);
        weights[deviations + i] = (float) moments.std(channel);
        channel++;
      }
    }
    RefinedModel.write(folder, card(), network, weights, 0);
    List<String> lines = lines(places.size(), moments.channels());
    folder.writeJson(RESULT, result(weights, lines));
    folder.remove(STATISTICS);
    return lines;
  }

  /** The model's weights in the layout with statistics, which are zero. */
  private float[] widened() {
    ParameterLayout from = subject.model().architecture().layout();
    ParameterLayout to = network.layout();
    float[] weights = new float[to.size()];
    for (ParameterSpec spec : from.specs()) {
      System.arraycopy(
          subject.model().weights(),
          from.offset(spec.name()),
          weights,
          to.offset(spec.name()),
          Math.toIntExact(spec.elements()));
    }
    return weights;
  }

  /** The channels of each sparsification by its name, in the order of {@link ChannelMoments}. */
  private SortedMap<String, Integer> places() {
    SortedMap<String, Integer> places = new TreeMap<>();
    for (ParameterSpec spec : network.layout().specs()) {
      if (MeanSparse.isMean(spec.name())) {
        String layer = spec.name().substring(0, spec.name().length() - MeanSparse.MEAN.length());
        places.put(layer, Math.toIntExact(spec.elements()));
      }
    }
    return places;
  }

  private ChannelMoments moments(Bench bench, float[] weights, SortedMap<String, Integer> places)
      throws IOException {
    Architecture measured =
        NormalizedArchitecture.of(
            new MeasuredActivations(network), subject.model().preprocessing());
    Subject images = Subjects.with(subject, measured, weights, Optional.empty());
    EvaluationJob job =
        EvaluationJob.of(images, Sha256.of(plan.identity().toString()), folder.child(STATISTICS));
    ChannelMoments moments =
        new ChannelMoments(places.values().stream().mapToInt(Integer::intValue).sum());
    try (StageRunner runner =
        new StageRunner(bench.spark(), job, weights, bench.listener(), 1, bench.partitions())) {
      List<ActivationTask> tasks = Subjects.blocks(images, ActivationTask::new);
      for (ObjectNode block :
          runner.run(0, "activations", "stages/" + ActivationTask.STAGE, tasks)) {
        moments.add(Json.array(block, "moments", double[][].class));
      }
    }
    return moments;
  }

  private ModelCard card() {
    EvaluatedModel model = subject.model();
    Preprocessing input = model.preprocessing();
    SortedMap<String, String> facts = new TreeMap<>(model.provenance());
    facts.put("mean_sparse", "measured on " + Subjects.words(subject));
    facts.put("mean_sparse_of", model.path());
    facts.put("mean_sparse_of_sha256", model.sha256());
    return new ModelCard(
        ArchitectureCard.of(network.name(), network.arguments()),
        new PreprocessingCard(
            List.of(3, input.height(), input.width()),
            input.interpolation(),
            input.cropFraction(),
            input.mean(),
            input.std()),
        model.classNames().isEmpty() ? subject.images().classNames() : model.classNames(),
        // It answers otherwise than the model that was validated.
        Optional.empty(),
        Provenance.of(facts));
  }

  private List<String> lines(int layers, int channels) {
    return List.of(
        "%s: %s, %s, within %s standard deviations of the mean"
            .formatted(
                network.name(),
                Figures.counted(layers, "activation function"),
                Figures.counted(channels, "channel"),
                plan.alpha()),
        "measured on " + Subjects.words(subject),
        "written: " + folder.path(Checkpoint.MODEL));
  }

  private ObjectNode result(float[] weights, List<String> lines) {
    ObjectNode root = Json.object().put("format", "robusttrain-meansparse").put("version", 1);
    root.put("model", subject.model().path()).put("model_sha256", subject.model().sha256());
    root.put("alpha", plan.alpha()).put("images", subject.count());
    root.put("split", subject.images().split()).put("data", subject.images().path());
    root.put("weights_sha256", Ingredient.digest(weights));
    root.set("lines", Json.node(lines));
    return root;
  }
}
