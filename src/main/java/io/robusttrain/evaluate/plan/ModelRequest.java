package io.robusttrain.evaluate.plan;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.evaluate.plan.ModelRequest.NetworkName.Source;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.pretrained.AdaptationOptions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The model that a user asks to evaluate. A file of this project says everything itself; of another
 * file the rest says what it does not.
 *
 * @param path a model file, a run directory, a checkpoint directory, or any file of weights
 * @param name of the network
 * @param arguments of the network, over the defaults of its name, or over those of the file
 * @param normalization of the pixels
 * @param key where in a PyTorch file's dictionary the weights are; empty: the usual places
 * @param fitting what may be changed when the weights are fitted to the network
 */
public record ModelRequest(
    String path,
    Optional<NetworkName> name,
    ModelOptions arguments,
    Optional<NormalizationChoice> normalization,
    Optional<String> key,
    AdaptationOptions fitting) {
  /**
   * A network's name.
   *
   * @param name timm's
   * @param source what the user said it by
   */
  public record NetworkName(String name, Source source) {
    /** What names a network. */
    public enum Source {
      OPTION("--arch"),
      /** Says all of the network's arguments, too. */
      RECIPE("--config");

      private final String option;

      Source(String option) {
        this.option = option;
      }
    }
  }

  /** A file of this project, taken at its word. */
  public static ModelRequest of(String path) {
    return new ModelRequest(
        path,
        Optional.empty(),
        ModelOptions.none(),
        Optional.empty(),
        Optional.empty(),
        AdaptationOptions.strict());
  }

  /**
   * A file of others, whose weights must fit as they are.
   *
   * @param name timm's, of the network; nothing: the file says it
   * @param normalization of the pixels; nothing: the file says it
   */
  public static ModelRequest of(
      String path, Optional<String> name, Optional<NormalizationChoice> normalization) {
    return new ModelRequest(
        path,
        name.map(given -> new NetworkName(given, NetworkName.Source.OPTION)),
        ModelOptions.none(),
        normalization,
        Optional.empty(),
        AdaptationOptions.strict());
  }

  /** The same request for the weights of another file. */
  ModelRequest at(String file) {
    return new ModelRequest(file, name, arguments, normalization, key, fitting);
  }

  /**
   * The network that the weights belong to, without normalisation.
   *
   * @param card what the file says of itself
   * @param classes of the data, for a file that does not say how many
   * @throws EvaluationException if nothing says which network it is, or two say different ones
   */
  Architecture network(Optional<ModelCard> card, int classes) {
    if (card.isPresent()) {
      return recorded(card.get());
    }
    NetworkName named =
        name.orElseThrow(
            () ->
                new EvaluationException(
                    path
                        + " does not say which network it belongs to; name it with --arch, or with"
                        + " --config and a recipe"));
    boolean counted = arguments.integer("num_classes").isPresent();
    return ModelRegistry.create(
        named.name(), counted ? arguments : arguments.withNumClasses(classes));
  }

  private Architecture recorded(ModelCard card) {
    String model = card.architecture().model();
    name.filter(given -> given.source() == Source.RECIPE || !given.name().equals(model))
        .ifPresent(
            given -> {
              throw new EvaluationException(
                  "%s says itself which network it is of, a %s; leave %s out"
                      .formatted(path, model, given.source().option));
            });
    Map<String, Object> all = new TreeMap<>(card.architecture().arguments());
    all.putAll(arguments.arguments());
    return ModelRegistry.create(model, ModelOptions.of(all));
  }
}
