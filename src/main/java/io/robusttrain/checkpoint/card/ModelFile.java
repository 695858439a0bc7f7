package io.robusttrain.checkpoint.card;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A {@code model.safetensors}: float32 weights under timm's names, int64 {@code
 * ...num_batches_tracked}, the {@link ModelCard} as JSON strings in the metadata, and the SHA-256
 * of the tensor bytes and of the rest of the header. Any safetensors reader loads it. An open file
 * is not thread-safe.
 */
public final class ModelFile implements Closeable {
  /** The metadata entry with the SHA-256 of the data, by which a file is known as one of these. */
  public static final String CHECKSUM = "content_sha256";

  private static final String HEADER_CHECKSUM = "header_sha256";

  private final ModelCard card;
  private final SafetensorsFile tensors;

  private ModelFile(ModelCard card, SafetensorsFile tensors) {
    this.card = card;
    this.tensors = tensors;
  }

  /**
   * Writes a model file in place of {@code path}, whole or not at all.
   *
   * @param fence asked when everything is written, before the file becomes visible
   * @param tensors read twice, for the checksum and for the data
   */
  public static void write(
      FileSystem fs, Path path, Fence fence, ModelCard card, List<NamedTensor> tensors)
      throws IOException {
    Storage.replace(fs, path, fence, out -> write(out, card, tensors));
  }

  /** Writes the content of a model file to a stream, which stays open. */
  public static void write(OutputStream out, ModelCard card, List<NamedTensor> tensors)
      throws IOException {
    MessageDigest digest = Sha256.digest();
    OutputStream sink = Sha256.into(digest);
    for (NamedTensor tensor : SafetensorsWriter.layout(tensors)) {
      tensor.writeTo(sink);
    }
    Map<String, String> metadata = new HashMap<>(card.toMetadata());
    // PyTorch tools look for the layout convention of the tensors under this key.
    metadata.put("format", "pt");
    metadata.put(CHECKSUM, Sha256.hex(digest));
    metadata.put(
        HEADER_CHECKSUM, headerSha256(metadata, tensors.stream().map(NamedTensor::spec).toList()));
    SafetensorsWriter.write(out, metadata, tensors);
  }

  /**
   * Opens a model file and verifies its header, its metadata and the checksum of all its data.
   *
   * @throws CheckpointException if anything does not fit
   */
  public static ModelFile open(FileSystem fs, Path path) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(fs, path);
    try {
      ModelCard card = ModelCard.fromMetadata(file.metadata(), file.path());
      verify(path, "header", HEADER_CHECKSUM, headerSha256(file.metadata(), file.tensors()), file);
      verify(path, "data", CHECKSUM, file.dataSha256(), file);
      ModelFile model = new ModelFile(card, file);
      file = null;
      return model;
    } finally {
      if (file != null) {
        file.close();
      }
    }
  }

  private static void verify(
      Path path, String part, String key, String actual, SafetensorsFile file) {
    String stored = file.metadata().get(key);
    if (stored == null) {
      throw new CheckpointException(
          "%s has no SHA-256 of its %s, so it cannot be verified. Use a model.safetensors that a run wrote."
              .formatted(path, part));
    }
    if (!actual.equals(stored)) {
      throw new CheckpointException(
          "%s is damaged: the SHA-256 of its %s is %s, its metadata says %s. Take another copy."
              .formatted(path, part, actual, stored));
    }
  }

  /** Of everything in the header but this checksum: the card, the names, types and shapes. */
  private static String headerSha256(Map<String, String> metadata, List<TensorSpec> tensors)
      throws IOException {
    MessageDigest digest = Sha256.digest();
    try (OutputStream sink = Sha256.into(digest)) {
      for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
        if (!entry.getKey().equals(HEADER_CHECKSUM)) {
          sink.write(line(entry.getKey(), entry.getValue()));
        }
      }
      for (TensorSpec spec : tensors) {
        sink.write(line(spec.name(), spec.dtype() + " " + spec.shape()));
      }
    }
    return Sha256.hex(digest);
  }

  private static byte[] line(String name, String value) {
    return (name + "=" + value + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** What the file says of its model. */
  public ModelCard card() {
    return card;
  }

  /** The weights. Closing the model file closes them. */
  public SafetensorsFile tensors() {
    return tensors;
  }

  @Override
  public void close() throws IOException {
    tensors.close();
  }
}
