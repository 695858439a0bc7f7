package io.robusttrain.app.refine;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;

/** A model file like another one, and the tensors of model files. */
final class ModelVariant {
  private ModelVariant() {}

  /** All float tensors of a model file or of a directory with one, by name. */
  static Map<String, float[]> tensors(Path path) throws IOException {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    try (ModelFile file = open(path)) {
      for (TensorSpec spec : file.tensors().tensors()) {
        if (spec.dtype() == DType.F32) {
          tensors.put(spec.name(), file.tensors().floats(spec.name()));
        }
      }
    }
    return tensors;
  }

  static ModelCard card(Path path) throws IOException {
    try (ModelFile file = open(path)) {
      return file.card();
    }
  }

  private static ModelFile open(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? path.resolve("model.safetensors") : path;
    org.apache.hadoop.fs.Path place = new org.apache.hadoop.fs.Path(file.toUri());
    return ModelFile.open(Storage.fileSystem(place, new Configuration()), place);
  }

  /**
   * Writes a model with noise on its weights, as if it had been trained on from them.
   *
   * @param noise its deviation; each seed draws its own
   * @param card what the file says instead
   */
  static Path write(Path like, Path target, double noise, long seed, UnaryOperator<ModelCard> card)
      throws IOException {
    Random random = new Random(seed);
    List<NamedTensor> tensors = new ArrayList<>();
    try (ModelFile file = open(like)) {
      for (TensorSpec spec : file.tensors().tensors()) {
        if (spec.dtype() != DType.F32) {
          tensors.add(NamedTensor.longs(spec.name(), spec.shape(), 0));
          continue;
        }
        float[] values = file.tensors().floats(spec.name());
        for (int i = 0; i < values.length; i++) {
          double moved = values[i] + noise * random.nextGaussian();
          values[i] = spec.name().endsWith("running_var") ? values[i] : (float) moved;
        }
        tensors.add(NamedTensor.floats(spec.name(), spec.shape(), values));
      }
      Files.createDirectories(target.getParent());
      org.apache.hadoop.fs.Path place = new org.apache.hadoop.fs.Path(target.toUri());
      ModelFile.write(
          Storage.fileSystem(place, new Configuration()),
          place,
          Fence.none(),
          card.apply(file.card()),
          tensors);
    }
    return target;
  }

  /** A card with another FGSM accuracy. */
  static UnaryOperator<ModelCard> fgsm(double accuracy) {
    return card -> {
      Scores before = card.scores().orElseThrow();
      Scores after =
          new Scores(
              before.epoch(),
              before.images(),
              before.epsilon(),
              before.cleanTop1(),
              before.cleanTop5(),
              accuracy,
              1,
              before.weights());
      return scored(card, Optional.of(after));
    };
  }

  /** A card that says something else of where the model comes from. */
  static UnaryOperator<ModelCard> facts(Map<String, String> facts) {
    return card ->
        new ModelCard(
            card.architecture(),
            card.preprocessing(),
            card.classNames(),
            card.scores(),
            Provenance.of(facts));
  }

  /** A card with another normalisation. */
  static UnaryOperator<ModelCard> normalized(double constant) {
    return card -> {
      PreprocessingCard before = card.preprocessing();
      List<Double> constants = Collections.nCopies(3, constant);
      return new ModelCard(
          card.architecture(),
          new PreprocessingCard(
              before.inputSize(), before.interpolation(), before.cropPct(), constants, constants),
          card.classNames(),
          card.scores(),
          card.provenance());
    };
  }

  static ModelCard scored(ModelCard card, Optional<Scores> scores) {
    return new ModelCard(
        card.architecture(), card.preprocessing(), card.classNames(), scores, card.provenance());
  }
}
