package io.robusttrain.train.plan;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.pretrained.Adaptation;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.pretrained.SettingNames;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.pretrained.WeightsLocation;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A model whose weights are read from a file where it is needed.
 *
 * @param path as {@code model.initial-checkpoint} takes it
 * @param architecture of the file
 * @param preprocessing whose normalisation must be the file's
 * @param hadoop the settings that name file systems
 */
public record FrozenCheckpoint(
    String path, Architecture architecture, Preprocessing preprocessing, HadoopSettings hadoop)
    implements Serializable {
  /** The model with weights of this file. */
  Classifier bound(float[] weights, ComputeDevice device) {
    FlatParameters parameters = new FlatParameters(architecture.layout(), device);
    parameters.load(weights, 0);
    return new Opened(architecture.bind(parameters), parameters);
  }

  /** The flat vector of the weights. */
  public float[] read() {
    try (WeightsFile file = WeightsLocation.open(path, hadoop.configuration(), Optional.empty())) {
      return Adaptation.fit(
              file,
              architecture,
              preprocessing,
              new AdaptationOptions(
                  AdaptationOptions.Strictness.STRICT,
                  AdaptationOptions.Layer.KEEP,
                  AdaptationOptions.Layer.KEEP,
                  AdaptationOptions.Normalization.CHECKED,
                  SettingNames.CONFIGURATION.withoutExceptions()),
              SeedKey.of(0))
          .values();
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(path, e.getMessage()), e);
    }
  }

  /** A bound model and the weights that it owns. */
  private record Opened(Classifier model, FlatParameters parameters) implements Classifier {
    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      return model.forward(pixels, pass);
    }

    @Override
    public void close() {
      model.close();
      parameters.close();
    }
  }
}
