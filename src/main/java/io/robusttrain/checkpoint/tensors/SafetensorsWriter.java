package io.robusttrain.checkpoint.tensors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes the safetensors format: 8 bytes of header length, a JSON header padded to a multiple of 8,
 * then the data without gaps. The header lists the tensors in the order given; the data lies in
 * order of falling element size, so that every tensor is aligned to its element as PyTorch's loader
 * requires. Format: https://huggingface.co/docs/safetensors.
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /**
   * Writes one file; tensors are streamed.
   *
   * @param out is left open
   * @param metadata free strings of the header; written in key order so that equal content gives
   *     equal bytes
   * @param tensors with distinct names
   * @throws IllegalArgumentException if two tensors share a name or the header exceeds the format's
   *     limit
   */
  public static void write(
      OutputStream out, Map<String, String> metadata, List<NamedTensor> tensors)
      throws IOException {
    List<NamedTensor> layout = layout(tensors);
    byte[] header = header(new TreeMap<>(metadata), tensors, layout);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    length.putLong(header.length);
    out.write(length.array());
    out.write(header);
    for (NamedTensor tensor : layout) {
      tensor.writeTo(out);
    }
  }

  /** The tensors in the order of their data: falling element size, else as given. */
  public static List<NamedTensor> layout(List<NamedTensor> tensors) {
    return tensors.stream()
        .sorted(Comparator.comparingInt(tensor -> -tensor.spec().dtype().bytes()))
        .toList();
  }

  private static byte[] header(
      SortedMap<String, String> metadata, List<NamedTensor> tensors, List<NamedTensor> layout)
      throws IOException {
    Map<String, Long> offsets = new HashMap<>();
    long end = 0;
    for (NamedTensor tensor : layout) {
      offsets.put(tensor.spec().name(), end);
      end = Math.addExact(end, tensor.spec().byteSize());
    }
    ObjectNode root = Json.object();
    if (!metadata.isEmpty()) {
      ObjectNode strings = root.putObject(TensorSpec.METADATA);
      metadata.forEach(strings::put);
    }
    Set<String> seen = new HashSet<>();
    for (NamedTensor tensor : tensors) {
      TensorSpec spec = tensor.spec();
      if (!seen.add(spec.name())) {
        throw new IllegalArgumentException("Two tensors are named '" + spec.name() + "'.");
      }
      ObjectNode node = root.putObject(spec.name());
      node.put("dtype", spec.dtype().name());
      node.set("shape", Json.node(spec.shape()));
      long begin = offsets.get(spec.name());
      node.putArray("data_offsets").add(begin).add(begin + spec.byteSize());
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    if (padded > SafetensorsHeader.MAX_BYTES) {
      throw new IllegalArgumentException(
          "The header would take %d bytes; the format allows %d."
              .formatted(padded, SafetensorsHeader.MAX_BYTES));
    }
    byte[] bytes = Arrays.copyOf(json, padded);
    Arrays.fill(bytes, json.length, padded, (byte) ' ');
    return bytes;
  }
}
