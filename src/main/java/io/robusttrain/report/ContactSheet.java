package io.robusttrain.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** A grid of small images with titles, as PNG. Rows are added one by one. Not thread-safe. */
public final class ContactSheet {
  private static final int MARGIN = 12;
  private static final int GAP = 6;
  private static final int CAPTION = 16;
  private static final int SMALLEST_CELL = 112;
  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
  private static final Font TITLE = TEXT.deriveFont(Font.BOLD);

  private final int cell;
  private final List<String> titles;
  private final List<List<Cell>> rows = new ArrayList<>();

  /**
   * One image of the grid; enlarged by a whole factor, or reduced to fit.
   *
   * @param image any size
   * @param caption below the image; may be empty
   */
  public record Cell(BufferedImage image, String caption) {}

  /**
   * An empty sheet.
   *
   * @param title of the sheet, in its first line; empty: it has no such line
   * @param side of most images, in pixels; small ones are enlarged by a whole factor
   * @param columns titles of the columns; all empty: they have no line
   */
  public ContactSheet(String title, int side, List<String> columns) {
    this.cell = side * Math.max(1, Math.round((float) SMALLEST_CELL / side));
    this.titles = new ArrayList<>(columns);
    this.titles.add(0, title);
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if there is not one cell for each column
   */
  public void add(List<Cell> cells) {
    if (cells.size() != titles.size() - 1) {
      throw new IllegalArgumentException(
          "%d cells for %d columns".formatted(cells.size(), titles.size() - 1));
    }
    rows.add(List.copyOf(cells));
  }

  /** The sheet as PNG. */
  public byte[] png() throws IOException {
    int columns = titles.size() - 1;
    int width = 2 * MARGIN + columns * (cell + GAP) - GAP;
    int titleLine = titles.get(0).isEmpty() ? 0 : CAPTION;
    int columnLine =
        titles.subList(1, titles.size()).stream().allMatch(String::isEmpty) ? 0 : CAPTION;
    int top = MARGIN + titleLine + columnLine + (titleLine + columnLine > 0 ? GAP : 0);
    int height = top + rows.size() * (cell + CAPTION + GAP) + MARGIN;
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    try {
      pen.setColor(Color.WHITE);
      pen.fillRect(0, 0, width, height);
      pen.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      pen.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      pen.setColor(Color.BLACK);
      write(pen, TITLE, titles.get(0), MARGIN, MARGIN + CAPTION - 4, width - 2 * MARGIN);
      for (int c = 0; c < columns; c++) {
        int x = MARGIN + c * (cell + GAP);
        write(pen, TITLE, titles.get(c + 1), x, MARGIN + titleLine + CAPTION, cell);
        for (int r = 0; r < rows.size(); r++) {
          int y = top + r * (cell + CAPTION + GAP);
          Cell content = rows.get(r).get(c);
          draw(pen, content.image(), x, y);
          write(pen, TEXT, content.caption(), x, y + cell + CAPTION - 4, cell);
        }
      }
    } finally {
      pen.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(sheet, "png", bytes);
    return bytes.toByteArray();
  }

  private void draw(Graphics2D pen, BufferedImage image, int x, int y) {
    int longer = Math.max(image.getWidth(), image.getHeight());
    int enlarged = cell / longer;
    double scale = enlarged < 1 ? (double) cell / longer : enlarged;
    int width = (int) Math.max(1, Math.round(image.getWidth() * scale));
    int height = (int) Math.max(1, Math.round(image.getHeight() * scale));
    pen.drawImage(image, x + (cell - width) / 2, y + (cell - height) / 2, width, height, null);
  }

  /** Writes what fits, and an ellipsis for the rest. */
  private static void write(Graphics2D pen, Font font, String text, int x, int y, int width) {
    pen.setFont(font);
    FontMetrics metrics = pen.getFontMetrics();
    String shown = text;
    for (int end = text.length() - 1; metrics.stringWidth(shown) > width && end > 0; end--) {
      shown = text.substring(0, end) + "\u2026";
    }
    pen.drawString(shown, x, y);
  }
}
