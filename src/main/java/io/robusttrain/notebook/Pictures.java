package io.robusttrain.notebook;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws what cells show beside figures. */
final class Pictures {
  private static final int ROW = 22;
  private static final int NAMES = 170;
  private static final int BAR = 320;
  private static final int MARGIN = 10;
  private static final int SIDE = 128;
  private static final Color INK = new Color(0x222222);
  private static final Color FILL = new Color(0x0072b2);

  private Pictures() {}

  static BufferedImage bars(String title, Map<String, Double> fractions) {
    fractions.forEach(
        (name, fraction) -> {
          if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException(
                "bars are of fractions in [0,1], but %s is %s".formatted(name, fraction));
          }
        });
    int height = 2 * MARGIN + ROW * (1 + fractions.size());
    BufferedImage sheet = sheet(NAMES + BAR + 90, height);
    Graphics2D pen = pen(sheet);
    pen.drawString(title, MARGIN, MARGIN + 14);
    int y = MARGIN + ROW;
    for (Map.Entry<String, Double> bar : fractions.entrySet()) {
      pen.setColor(INK);
      pen.drawString(bar.getKey(), MARGIN, y + 15);
      pen.drawString(
          String.format(Locale.ROOT, "%.1f %%", 100 * bar.getValue()), NAMES + BAR + 8, y + 15);
      pen.setColor(FILL);
      pen.fillRect(NAMES, y + 4, (int) Math.round(BAR * bar.getValue()), ROW - 8);
      y += ROW;
    }
    pen.dispose();
    return sheet;
  }

  static BufferedImage strip(List<String> captions, List<BufferedImage> pictures) {
    if (captions.size() != pictures.size() || pictures.isEmpty()) {
      throw new IllegalArgumentException(
          "%d captions for %d pictures: a strip takes one for each"
              .formatted(captions.size(), pictures.size()));
    }
    BufferedImage sheet =
        sheet(pictures.size() * (SIDE + MARGIN) + MARGIN, SIDE + ROW + 2 * MARGIN);
    Graphics2D pen = pen(sheet);
    for (int i = 0; i < pictures.size(); i++) {
      int x = MARGIN + i * (SIDE + MARGIN);
      pen.drawString(captions.get(i), x, MARGIN + 14);
      pen.drawImage(pictures.get(i), x, MARGIN + ROW, SIDE, SIDE, null);
    }
    pen.dispose();
    return sheet;
  }

  private static BufferedImage sheet(int width, int height) {
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, width, height);
    pen.dispose();
    return sheet;
  }

  private static Graphics2D pen(BufferedImage sheet) {
    Graphics2D pen = sheet.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    pen.setColor(INK);
    return pen;
  }
}
