package io.robusttrain.report.figure;

import io.robusttrain.base.Figures;
import io.robusttrain.report.figure.Mark.Anchor;
import io.robusttrain.report.figure.Mark.Dot;
import io.robusttrain.report.figure.Mark.Line;
import io.robusttrain.report.figure.Mark.Text;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Marks on a white sheet, in the order in which they are drawn.
 *
 * @param width of the sheet in pixels
 * @param height of the sheet in pixels
 * @param words what it shows, for those who do not see it
 */
record Drawing(int width, int height, String words, List<Mark> marks) {
  private static final int INK = 0x222222;

  /** The sheet as PNG. */
  byte[] png() throws IOException {
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    try {
      pen.setColor(Color.WHITE);
      pen.fillRect(0, 0, width, height);
      pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      pen.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      marks.forEach(mark -> draw(pen, mark));
    } finally {
      pen.dispose();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(sheet, "png", bytes);
    return bytes.toByteArray();
  }

  private static void draw(Graphics2D pen, Mark mark) {
    if (mark instanceof Line line) {
      pen.setColor(new Color(line.color()));
      pen.setStroke(
          new BasicStroke((float) line.width(), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
      pen.draw(new Line2D.Double(line.fromX(), line.fromY(), line.toX(), line.toY()));
    } else if (mark instanceof Dot dot) {
      pen.setColor(new Color(dot.color()));
      double side = 2 * dot.radius();
      pen.fill(new Ellipse2D.Double(dot.x() - dot.radius(), dot.y() - dot.radius(), side, side));
    } else if (mark instanceof Text text) {
      pen.setColor(new Color(INK));
      pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, text.size()));
      double width = pen.getFontMetrics().stringWidth(text.words());
      double back =
          switch (text.anchor()) {
            case START -> 0;
            case MIDDLE -> width / 2;
            case END -> width;
          };
      AffineTransform before = pen.getTransform();
      pen.translate(text.x(), text.y());
      if (text.turned()) {
        pen.rotate(-Math.PI / 2);
      }
      pen.drawString(text.words(), (float) -back, 0);
      pen.setTransform(before);
    }
  }

  /** The sheet as SVG, its texts as texts; it shrinks to the width of a narrow page. */
  byte[] svg() {
    StringBuilder svg =
        new StringBuilder(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" style="max-width:100%%;height:auto" role="img">
            <title>%s</title>
            <rect width="100%%" height="100%%" fill="#ffffff"/>
            """
                .formatted(width, height, width, height, escaped(words)));
    marks.forEach(mark -> svg.append(element(mark)).append('\n'));
    return svg.append("</svg>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String element(Mark mark) {
    if (mark instanceof Line line) {
      return Figures.format(
          "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"#%06x\""
              + " stroke-width=\"%.1f\" stroke-linecap=\"round\"/>",
          line.fromX(), line.fromY(), line.toX(), line.toY(), line.color(), line.width());
    } else if (mark instanceof Dot dot) {
      return Figures.format(
          "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\" fill=\"#%06x\"/>",
          dot.x(), dot.y(), dot.radius(), dot.color());
    }
    Text text = (Text) mark;
    String turn =
        text.turned()
            ? Figures.format(" transform=\"rotate(-90 %.2f %.2f)\"", text.x(), text.y())
            : "";
    return Figures.format(
        "<text x=\"%.2f\" y=\"%.2f\" font-family=\"sans-serif\" font-size=\"%d\" fill=\"#%06x\""
            + " text-anchor=\"%s\"%s>%s</text>",
        text.x(), text.y(), text.size(), INK, anchor(text.anchor()), turn, escaped(text.words()));
  }

  private static String anchor(Anchor anchor) {
    return switch (anchor) {
      case START -> "start";
      case MIDDLE -> "middle";
      case END -> "end";
    };
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
