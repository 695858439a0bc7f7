package io.robusttrain.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file on the test class path: an 8-byte little-endian header length, a JSON header,
 * then the tensors' bytes. Independent of the product's own reader, so that each checks the other.
 */
public final class SafetensorsFixture {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode header;
  private final ByteBuffer data;

  private SafetensorsFixture(JsonNode header, ByteBuffer data) {
    this.header = header;
    this.data = data;
  }

  /** Reads a resource such as {@code golden/models/xcit_p16.safetensors}. */
  public static SafetensorsFixture read(String resource) {
    ClassLoader loader = SafetensorsFixture.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + resource);
      }
      return parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a file that is no resource. */
  public static SafetensorsFixture read(Path path) throws IOException {
    return parse(Files.readAllBytes(path));
  }

  private static SafetensorsFixture parse(byte[] bytes) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    byte[] json = new byte[Math.toIntExact(file.getLong())];
    file.get(json);
    return new SafetensorsFixture(JSON.readTree(json), file.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  /** The names of all tensors that start with {@code prefix}, in the order of the header. */
  public List<String> names(String prefix) {
    List<String> names = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = header.fields(); it.hasNext(); ) {
      String name = it.next().getKey();
      if (!name.equals("__metadata__") && name.startsWith(prefix)) {
        names.add(name);
      }
    }
    return names;
  }

  /** Whether there is a tensor of that name. */
  public boolean contains(String name) {
    return header.has(name);
  }

  /** The sizes of a tensor; empty for a scalar. */
  public long[] shape(String name) {
    JsonNode sizes = entry(name).get("shape");
    long[] shape = new long[sizes.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).asLong();
    }
    return shape;
  }

  /** A copy of a float32 tensor, row-major. */
  public float[] floats(String name) {
    ByteBuffer bytes = bytes(name, "F32");
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** A copy of an int32 tensor, row-major. */
  public int[] ints(String name) {
    ByteBuffer bytes = bytes(name, "I32");
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }

  /** A metadata value whose text is JSON, such as {@code config}. */
  public JsonNode metadata(String key) {
    JsonNode text = header.path("__metadata__").get(key);
    if (text == null) {
      throw new IllegalArgumentException("no metadata named " + key);
    }
    try {
      return JSON.readTree(text.asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ByteBuffer bytes(String name, String type) {
    JsonNode entry = entry(name);
    if (!entry.get("dtype").asText().equals(type)) {
      throw new IllegalArgumentException(name + " holds " + entry.get("dtype") + ", not " + type);
    }
    int begin = entry.get("data_offsets").get(0).asInt();
    int end = entry.get("data_offsets").get(1).asInt();
    return data.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN);
  }

  private JsonNode entry(String name) {
    JsonNode entry = header.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no tensor named " + name);
    }
    return entry;
  }
}
