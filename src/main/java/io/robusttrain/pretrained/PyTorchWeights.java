package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.pytorch.PyTorchFile;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A file that {@code torch.save} wrote. */
final class PyTorchWeights implements WeightsFile {
  private final PyTorchFile file;

  PyTorchWeights(PyTorchFile file) {
    this.file = file;
  }

  @Override
  public String path() {
    return file.path();
  }

  @Override
  public String description() {
    return "PyTorch file "
        + path()
        + file.stateDictKey().map(key -> ", weights under '%s'".formatted(key)).orElse("");
  }

  @Override
  public List<TensorSpec> tensors() {
    return file.tensors();
  }

  @Override
  public float[] floats(String tensor) throws IOException {
    return file.floats(tensor);
  }

  @Override
  public Optional<ModelCard> card() {
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
