package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import javax.imageio.ImageIO;

/**
 * Pixels of one image on their way to a file.
 *
 * @param values float32 (3, S, S) in [0,1], row-major
 * @param side S
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Picture(float[] values, int side) {
  private static final int LEVELS = 255;

  /** Puts a batch into an outcome, exactly: a text for each image. */
  static void put(ObjectNode outcome, String name, float... batch) {
    int count = outcome.path("ids").size();
    int size = batch.length / count;
    ArrayNode texts = outcome.putArray(name);
    for (int image = 0; image < count; image++) {
      ByteBuffer bytes = ByteBuffer.allocate(size * Float.BYTES);
      bytes.asFloatBuffer().put(batch, image * size, size);
      texts.add(Base64.getEncoder().encodeToString(bytes.array()));
    }
  }

  /** What {@link #put} has put. */
  static Picture read(JsonNode outcome, String name, int image) {
    byte[] bytes = Base64.getDecoder().decode(outcome.path(name).path(image).asText());
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    return new Picture(values, outcome.path("side").asInt());
  }

  /** How this picture differs from another one, enlarged, around grey. */
  Picture difference(Picture other, double factor) {
    float[] changes = new float[values.length];
    for (int i = 0; i < changes.length; i++) {
      double change = 0.5 + factor * ((double) values[i] - other.values[i]);
      changes[i] = (float) Math.max(0, Math.min(1, change));
    }
    return new Picture(changes, side);
  }

  /** The picture in 8 bits, each value rounded to the nearest level. */
  BufferedImage image() {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    int plane = side * side;
    for (int i = 0; i < plane; i++) {
      int rgb = 0;
      for (int channel = 0; channel < 3; channel++) {
        rgb = rgb << 8 | Math.round(values[channel * plane + i] * LEVELS);
      }
      image.setRGB(i % side, i / side, rgb);
    }
    return image;
  }

  byte[] png() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image(), "png", bytes);
    return bytes.toByteArray();
  }
}
