package io.robusttrain.app;

import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A model with its initial weights, as a run would have saved it. */
public final class SavedModel {
  private SavedModel() {}

  /** Writes a tiny ResNet and returns the file. */
  public static Path write(Path file) throws IOException {
    return write(
        file,
        ModelRegistry.create(
            "resnet50_32",
            ModelOptions.of(
                Map.of(
                    "num_classes", 2,
                    "layers", List.of(1, 1, 1, 1),
                    "channels", List.of(8, 12, 16, 20)))));
  }

  /** Writes any model and returns the file. */
  public static Path write(Path file, Architecture model) throws IOException {
    ModelCard card =
        new ModelCard(
            ArchitectureCard.of(model.name(), model.arguments()),
            new PreprocessingCard(
                List.of(3, 32, 32), "bicubic", 1, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0)),
            List.of("cat", "dog"),
            Optional.of(new Scores(1, 8, 4 / 255.0, 0.5, 1, 0.25, 1, WeightsKind.RAW)),
            Provenance.of(Map.of("seed", "1")));
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    ModelFile.write(
        Storage.fileSystem(path, new Configuration()), path, Fence.none(), card, tensors(model));
    return file;
  }

  private static List<NamedTensor> tensors(Architecture model) {
    float[] values = new float[model.layout().size()];
    try (FlatParameters parameters = new FlatParameters(model.layout(), ComputeDevice.CPU)) {
      model.initialize(parameters, SeedKey.of(1));
      parameters.store(values, 0);
    }
    List<NamedTensor> tensors = new ArrayList<>();
    for (ParameterSpec spec : model.layout().specs()) {
      int offset = model.layout().offset(spec.name());
      tensors.add(NamedTensor.floats(spec.name(), spec.shape(), values, offset));
      if (spec.name().endsWith("running_var")) {
        String counter = spec.name().replace("running_var", "num_batches_tracked");
        tensors.add(NamedTensor.longs(counter, List.of(), 0));
      }
    }
    return tensors;
  }
}
