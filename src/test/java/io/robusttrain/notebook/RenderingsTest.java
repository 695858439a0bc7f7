package io.robusttrain.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;

class RenderingsTest {
  private static Object shown(Object value, String type) {
    return Renderings.of(value).getData(MIMEType.parse(type));
  }

  private static BufferedImage picture(Object value) throws Exception {
    byte[] png = Base64.getDecoder().decode((String) shown(value, "image/png"));
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  @Test
  void aPictureIsPng() throws Exception {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    image.setRGB(2, 1, 0x336699);
    assertThat(picture(image).getRGB(2, 1)).isEqualTo(0xff336699);
    assertThat(shown(image, "text/plain")).isEqualTo("picture of 3 x 2 pixels");
  }

  @Test
  void aFigureIsSvgAndPng() throws Exception {
    Object figure = Display.plot("loss", "step", "loss", Display.curve("a", new double[] {2, 1}));
    assertThat((String) shown(figure, "image/svg+xml")).contains("<title>loss</title>");
    assertThat(picture(figure).getWidth()).isEqualTo(720);
  }

  @Test
  void whatShowsItselfIsAsked() throws Exception {
    assertThat(shown(Display.html("<b>bold</b>"), "text/html")).isEqualTo("<b>bold</b>");
    assertThat(shown(Display.html("<b>bold</b>"), "text/plain")).isEqualTo("bold");
    assertThat(picture(new Sheet()).getWidth()).isEqualTo(5);
    assertThat(shown(new Sheet(), "text/html")).isNull();
    assertThatThrownBy(() -> Renderings.of(new Closed()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("it is closed");
  }

  @Test
  void arraysAreShownByTheirElements() {
    assertThat(shown(new int[] {1, 2}, "text/plain")).isEqualTo("int[2] {1, 2}");
    assertThat((String) shown(new float[1000], "text/plain"))
        .startsWith("float[1000] {0.0, ")
        .endsWith(", ...}")
        .hasSizeLessThan(600);
  }

  @Test
  void barsAreOfFractions() {
    assertThat(Display.bars("confidence", Map.of("cat", 0.25, "dog", 0.75)).getHeight())
        .isEqualTo(86);
    assertThatThrownBy(() -> Display.bars("confidence", Map.of("cat", 25.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bars are of fractions in [0,1], but cat is 25.0");
    assertThatThrownBy(() -> Display.strip(List.of("a"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 captions for 0 pictures: a strip takes one for each");
  }

  /** Shows itself as a picture and as HTML. */
  public static final class Sheet {
    public byte[] toPng() throws Exception {
      var bytes = new java.io.ByteArrayOutputStream();
      ImageIO.write(new BufferedImage(5, 5, BufferedImage.TYPE_INT_RGB), "png", bytes);
      return bytes.toByteArray();
    }

    public String toHtml() {
      return "<img>";
    }
  }

  /** Refuses to show itself. */
  public static final class Closed {
    private final boolean closed = Boolean.parseBoolean("true");

    public String toHtml() {
      if (closed) {
        throw new IllegalStateException("it is closed");
      }
      return "";
    }
  }
}
