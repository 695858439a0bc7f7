package io.robusttrain.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.report.ContactSheet.Cell;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
  private static final int RED = 0xff0000;

  private static BufferedImage sheet(String title, String... columns) throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, RED);
    ContactSheet sheet = new ContactSheet(title, 1, List.of(columns));
    sheet.add(List.of(new Cell(image, "")));
    return ImageIO.read(new ByteArrayInputStream(sheet.png()));
  }

  /** The first line of a sheet that has a red pixel. */
  private static int top(BufferedImage sheet) {
    for (int y = 0; y < sheet.getHeight(); y++) {
      if ((sheet.getRGB(sheet.getWidth() / 2, y) & 0xffffff) == RED) {
        return y;
      }
    }
    throw new AssertionError("no red line");
  }

  @Test
  void onlyTitlesThatThereAreTakeALine() throws IOException {
    int margin = top(sheet("", ""));
    assertThat(margin).isEqualTo(12);
    int titled = top(sheet("title", ""));
    assertThat(titled).isGreaterThan(margin + 16);
    assertThat(top(sheet("", "column"))).isEqualTo(titled);
    assertThat(top(sheet("title", "column"))).isEqualTo(titled + 16);
    BufferedImage bare = sheet("", "");
    assertThat(bare.getHeight() - sheet("title", "").getHeight()).isEqualTo(margin - titled);
    assertThat(bare.getRGB(bare.getWidth() / 2, margin - 1) & 0xffffff).isEqualTo(0xffffff);
  }

  @Test
  void aRowHasACellForEachColumn() {
    assertThatThrownBy(() -> new ContactSheet("", 1, List.of("a", "b")).add(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("0 cells for 2 columns");
  }
}
