package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A safetensors file, of this project or of others. */
final class SafetensorsWeights implements WeightsFile {
  private final SafetensorsFile file;
  private final Optional<ModelCard> card;

  private SafetensorsWeights(SafetensorsFile file, Optional<ModelCard> card) {
    this.file = file;
    this.card = card;
  }

  /** A file that says it is this project's must be so, with its checksum. */
  static SafetensorsWeights open(FileSystem fs, Path path) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(fs, path);
    if (!file.metadata().containsKey(ModelFile.CHECKSUM)) {
      return new SafetensorsWeights(file, Optional.empty());
    }
    file.close();
    ModelFile model = ModelFile.open(fs, path);
    return new SafetensorsWeights(model.tensors(), Optional.of(model.card()));
  }

  @Override
  public String path() {
    return file.path();
  }

  @Override
  public String description() {
    return card.map(
            known -> "model file %s of a %s".formatted(path(), known.architecture().model()))
        .orElse("safetensors file " + path());
  }

  @Override
  public List<TensorSpec> tensors() {
    return file.tensors();
  }

  @Override
  public float[] floats(String tensor) throws IOException {
    if (file.spec(tensor).dtype() != DType.F64) {
      return file.floats(tensor);
    }
    double[] wide = file.doubles(tensor);
    float[] values = new float[wide.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) wide[i];
    }
    return values;
  }

  @Override
  public Optional<ModelCard> card() {
    return card;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
