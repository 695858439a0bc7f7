package io.robusttrain.train.plan;

import io.robusttrain.config.ModelConfig;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.family.ModelRegistry;
import java.util.Map;
import java.util.TreeMap;

/** The network of a configuration. */
public final class ConfiguredModel {
  private ConfiguredModel() {}

  /**
   * The network without normalisation.
   *
   * @param model group {@code model}
   * @param classes of the data
   * @throws IllegalArgumentException if there is no such network, or training does not suit it
   */
  public static Architecture create(ModelConfig model, int classes) {
    boolean sparsified =
        model
            .args()
            .toOptional()
            .filter(args -> args.values().containsKey(ModelOptions.MEAN_SPARSE))
            .isPresent();
    if (sparsified) {
      throw new IllegalArgumentException(
          "args.%s: a run trains no sparsified activations; train the model and let RobustRefine meansparse make the other of it"
              .formatted(ModelOptions.MEAN_SPARSE));
    }
    Architecture network =
        ModelRegistry.create(model.name(), arguments(model).withNumClasses(classes));
    model.tokenDropping().ifPresent(dropping -> requirePossible(dropping, network));
    return network;
  }

  private static void requirePossible(TokenDropping dropping, Architecture network) {
    dropping.requireOf(network.name(), network.tokenDropping());
    network
        .tokenGrid()
        .ifPresent(grid -> dropping.requireDropping(network.name(), grid, network.tokenDropping()));
  }

  /**
   * The network's arguments but for the number of classes.
   *
   * @param model group {@code model}
   * @throws IllegalArgumentException if no network has such an argument
   */
  public static ModelOptions arguments(ModelConfig model) {
    Map<String, Object> arguments = new TreeMap<>();
    arguments.put("img_size", model.imgSize());
    arguments.put("drop_path_rate", model.dropPath());
    model.embedDim().toOptional().ifPresent(value -> arguments.put("embed_dim", value));
    model.depth().toOptional().ifPresent(value -> arguments.put("depth", value));
    model.numHeads().toOptional().ifPresent(value -> arguments.put("num_heads", value));
    model.patchSize().toOptional().ifPresent(value -> arguments.put("patch_size", value));
    model.stemStrides().toOptional().ifPresent(value -> arguments.put("stem_strides", value));
    model.eta().toOptional().ifPresent(value -> arguments.put("eta", value));
    model.args().toOptional().ifPresent(further -> arguments.putAll(further.values()));
    return ModelOptions.of(arguments);
  }
}
