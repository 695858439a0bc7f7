package io.robusttrain.data.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;

/** Images from the test resources, expected ones read by the JDK's PNG decoder. */
public final class TestImages {
  private TestImages() {}

  /** Bytes of a resource. */
  public static byte[] bytes(String resource) {
    try (InputStream in = TestImages.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A small PNG whose header claims another size. */
  public static byte[] pngClaiming(int width, int height) {
    byte[] image = bytes("/images/png_rgb.png");
    ByteBuffer.wrap(image).putInt(16, width).putInt(20, height);
    return image;
  }

  /** An 8-bit RGB PNG. */
  public static RgbImage png(String resource) {
    try (InputStream in = TestImages.class.getResourceAsStream(resource)) {
      BufferedImage image = ImageIO.read(in);
      int w = image.getWidth();
      int h = image.getHeight();
      int[] pixels = image.getRaster().getPixels(0, 0, w, h, (int[]) null);
      byte[] samples = new byte[pixels.length];
      for (int i = 0; i < pixels.length; i++) {
        samples[i] = (byte) pixels[i];
      }
      return new RgbImage(w, h, samples);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
