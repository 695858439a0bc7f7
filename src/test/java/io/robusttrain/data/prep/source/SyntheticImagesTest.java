package io.robusttrain.data.prep.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.image.ImageDecoder;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class SyntheticImagesTest {
  /** CRC-32 of the first twenty training images of SMALL. */
  private static final long GOLDEN = 3247202717L;

  private static final SyntheticImages SMALL =
      new SyntheticImages(10, 16, 5, SyntheticImages.Format.PNG);

  @Test
  void anImageDependsOnItsKeyAlone() {
    byte[] image = SMALL.pixels("train", 42);
    SMALL.pixels("train", 41);
    assertThat(SMALL.pixels("train", 42)).isEqualTo(image);
    assertThat(SMALL.pixels("val", 42)).isNotEqualTo(image);
    assertThat(SMALL.pixels("train", 52)).isNotEqualTo(image);
    assertThat(new SyntheticImages(10, 16, 6, SyntheticImages.Format.PNG).pixels("train", 42))
        .isNotEqualTo(image);
  }

  @Test
  void theSetDoesNotChangeFromVersionToVersion() {
    CRC32 sum = new CRC32();
    for (int i = 0; i < 20; i++) {
      sum.update(SMALL.pixels("train", i));
    }
    assertThat(sum.getValue()).isEqualTo(GOLDEN);
  }

  @Test
  void pngHoldsThePixelsExactly() {
    assertThat(
            ImageDecoder.decode(SMALL.encoded("train", 3), ImageDecoder.DEFAULT_PIXEL_LIMIT)
                .samples())
        .isEqualTo(SMALL.pixels("train", 3));
  }

  @Test
  void sameSceneAtEveryResolution() {
    byte[] coarse = SMALL.pixels("train", 4);
    byte[] fine = new SyntheticImages(10, 64, 5, SyntheticImages.Format.JPEG).pixels("train", 4);
    double difference = 0;
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        int sum = 0;
        for (int k = 0; k < 16; k++) {
          sum += fine[3 * ((4 * y + k / 4) * 64 + 4 * x + k % 4)] & 0xff;
        }
        difference += Math.abs(sum / 16.0 - (coarse[3 * (16 * y + x)] & 0xff));
      }
    }
    assertThat(difference / 256).isLessThan(13);
  }

  @Test
  void aLinearModelStaysBelowSixtyPercent() {
    double[] accuracy = SoftmaxRegression.accuracy(SMALL, 2000, 500, 12);
    assertThat(accuracy[0]).as("training accuracy: the model does learn").isGreaterThan(0.2);
    assertThat(accuracy[1]).as("test accuracy").isLessThan(0.60);
  }

  @Test
  void refusesWhatCannotBeDrawn() {
    assertThatThrownBy(() -> new SyntheticImages(11, 32, 0, SyntheticImages.Format.PNG))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("classes must be 2 to 10, not 11");
    assertThatThrownBy(() -> new SyntheticImages(10, 4, 0, SyntheticImages.Format.PNG))
        .hasMessageContaining("size must be 8 to 4096");
  }
}
