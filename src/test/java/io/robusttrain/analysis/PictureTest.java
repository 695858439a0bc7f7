package io.robusttrain.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PictureTest {
  /** Red, green and blue planes of 2 x 2 pixels. */
  private static final float[] VALUES = {
    0, 1, 0.2f, 51 / 255f, 0.5f, 0, 1, 52 / 255f, 1, 0, 0.4f, 53.4f / 255
  };

  @Test
  void aPngDecodesToTheRoundedLevels() throws IOException {
    byte[] png = new Picture(VALUES, 2).png();
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getRGB(0, 0) & 0xffffff).isEqualTo(0x0080ff);
    assertThat(image.getRGB(1, 0) & 0xffffff).isEqualTo(0xff0000);
    assertThat(image.getRGB(0, 1) & 0xffffff).isEqualTo(0x33ff66);
    assertThat(image.getRGB(1, 1) & 0xffffff).isEqualTo(51 << 16 | 52 << 8 | 53);
  }

  @Test
  void aDifferenceIsEnlargedAroundGreyAndClipped() {
    float[] moved = VALUES.clone();
    moved[0] += 0.03f;
    moved[4] -= 0.1f;
    float[] difference = new Picture(moved, 2).difference(new Picture(VALUES, 2), 10).values();
    assertThat(difference[0]).isCloseTo(0.8f, within(1e-6f));
    assertThat(difference[4]).isZero();
    assertThat(difference[1]).isEqualTo(0.5f);
  }

  @Test
  void picturesTravelExactly() {
    ObjectNode outcome = Json.object().put("side", 2);
    outcome.set("ids", Json.node(new long[] {3, 4}));
    float[] batch = new float[2 * VALUES.length];
    System.arraycopy(VALUES, 0, batch, VALUES.length, VALUES.length);
    Picture.put(outcome, "clean", batch);
    assertThat(Picture.read(outcome, "clean", 1).values()).containsExactly(VALUES);
    assertThat(Picture.read(outcome, "clean", 0).values()).containsOnly(0);
  }
}
