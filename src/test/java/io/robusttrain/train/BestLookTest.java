package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.report.view.RunLook;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class BestLookTest {
  private static final Scores SCORES = new Scores(3, 5, 4 / 255.0, 0.6, 1, 0.2, 1, WeightsKind.EMA);

  @Test
  void countsClassesAndConfusionsOverAllUnits() throws IOException {
    UnitAnswers first =
        new UnitAnswers(new int[] {0, 0, 2}, new int[] {0, 1, 2}, new int[] {2, 1, 2}, List.of());
    UnitAnswers second =
        new UnitAnswers(new int[] {0, 2}, new int[] {0, 0}, new int[] {2, 7}, List.of());
    RunLook look =
        new BestLook(List.of("boot", "bag", "coat"))
            .of(SCORES, List.of(first, UnitAnswers.NONE, second));
    assertThat(look.epoch()).isEqualTo(3);
    assertThat(look.weights()).isEqualTo("ema");
    assertThat(look.classes())
        .containsExactly(
            new RunLook.ClassCounts("boot", 3, 2, 0), new RunLook.ClassCounts("coat", 2, 1, 1));
    assertThat(look.confusions())
        .containsExactly(
            new RunLook.Confusion("boot", "coat", 2),
            new RunLook.Confusion("boot", "bag", 1),
            new RunLook.Confusion("coat", "class 7", 1));
  }

  @Test
  void imagesKeepTheirPixelsAndAreReadBack() throws IOException {
    byte[] clean = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, (byte) 200, (byte) 255};
    byte[] attacked = clean.clone();
    attacked[11] = (byte) 251;
    UnitAnswers.Shown shown =
        new UnitAnswers.Shown(
            17, 1, new UnitAnswers.Side(clean, 1, 0.75f), new UnitAnswers.Side(attacked, 0, 0.5f));
    RunLook look =
        new BestLook(List.of("boot", "bag"))
            .of(
                SCORES,
                List.of(
                    new UnitAnswers(new int[] {1}, new int[] {1}, new int[] {0}, List.of(shown))));
    RunLook read = RunLook.fromJson(Json.parse(look.toJson().toString(), "the look"));
    RunLook.Twins twins = read.twins().get(0);
    assertThat(twins.sample()).isEqualTo(17);
    assertThat(twins.label()).isEqualTo("bag");
    assertThat(twins.clean().answer()).isEqualTo("bag");
    assertThat(twins.clean().confidence()).isEqualTo(0.75);
    assertThat(twins.attacked().answer()).isEqualTo("boot");
    // Planes of red, green and blue, row by row.
    assertThat(pixel(twins.clean(), 1, 0)).isEqualTo(0x0a325a);
    assertThat(pixel(twins.attacked(), 1, 1)).isEqualTo(0x1e46fb);
  }

  @Test
  void wideImagesBecomeTheMeansOfTheirSquares() throws IOException {
    byte[] pixels = new byte[3 * 100 * 100];
    // The upper left square of two by two in green: 0, 4, 8 and 12.
    pixels[10_001] = 4;
    pixels[10_100] = 8;
    pixels[10_101] = 12;
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(BestLook.png(pixels)));
    assertThat(image.getWidth()).isEqualTo(50);
    assertThat(image.getRGB(0, 0) & 0xffffff).isEqualTo(0x000600);
    assertThat(image.getRGB(1, 0) & 0xffffff).isZero();
  }

  private static int pixel(RunLook.Twin twin, int x, int y) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(twin.png())).getRGB(x, y) & 0xffffff;
  }
}
