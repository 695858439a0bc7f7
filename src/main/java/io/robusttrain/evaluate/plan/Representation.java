package io.robusttrain.evaluate.plan;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model whose answer is what its classifier gets: the representation of an image. It is the same
 * network with as many classes as the representation has values, and a classifier that hands them
 * through.
 */
public final class Representation {
  private Representation() {}

  /**
   * The representation of a model, for the same images.
   *
   * @throws EvaluationException if its classifier is not one matrix
   */
  public static Subject of(Subject subject) {
    return new Subject(
        of(subject.model()),
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

  static EvaluatedModel of(EvaluatedModel model) {
    Architecture network = model.architecture();
    ParameterSpec matrix = classifier(network);
    int width = Math.toIntExact(matrix.shape().get(1));
    Architecture through =
        NormalizedArchitecture.of(withClasses(network, width), model.preprocessing());
    return new EvaluatedModel(
        through,
        model.preprocessing(),
        List.of(),
        model.scores(),
        model.provenance(),
        model.path(),
        model.sha256(),
        model.fitting(),
        weights(network.layout(), model.weights(), through.layout(), matrix.name(), width));
  }

  private static Architecture withClasses(Architecture network, int classes) {
    Map<String, Object> arguments = new TreeMap<>(network.arguments());
    return ModelRegistry.create(network.name(), ModelOptions.of(arguments).withNumClasses(classes));
  }

  /** The matrix (K, D) of the classifier: what has another shape in a network of K + 1 classes. */
  private static ParameterSpec classifier(Architecture network) {
    ParameterLayout other = withClasses(network, network.numClasses() + 1).layout();
    List<ParameterSpec> matrices =
        network.layout().specs().stream()
            .filter(spec -> !other.find(spec.name()).equals(network.layout().find(spec.name())))
            .filter(spec -> spec.shape().size() > 1)
            .toList();
    if (matrices.size() != 1 || matrices.get(0).shape().size() != 2) {
      throw new EvaluationException(
          "the classifier of %s is not one matrix but %s, so that what it gets cannot be looked at"
              .formatted(network.name(), matrices.stream().map(ParameterSpec::name).toList()));
    }
    return matrices.get(0);
  }

  /** All weights but the classifier's, which becomes the identity without a bias. */
  private static float[] weights(
      ParameterLayout from, float[] weights, ParameterLayout to, String matrix, int width) {
    float[] through = new float[to.size()];
    for (ParameterSpec spec : to.specs()) {
      if (from.find(spec.name()).equals(to.find(spec.name()))
          && !spec.name().equals(matrix)
          && !isBias(spec.name(), matrix)) {
        System.arraycopy(
            weights,
            from.offset(spec.name()),
            through,
            to.offset(spec.name()),
            Math.toIntExact(spec.elements()));
      }
    }
    int start = to.offset(matrix);
    for (int i = 0; i < width; i++) {
      through[start + i * width + i] = 1;
    }
    return through;
  }

  /** The bias has the matrix's size where there are as many classes as the representation has. */
  private static boolean isBias(String name, String matrix) {
    return name.equals(matrix.substring(0, matrix.lastIndexOf('.') + 1) + "bias");
  }
}
