package io.robusttrain.train;

import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.report.view.RunLook.ClassCounts;
import io.robusttrain.report.view.RunLook.Confusion;
import io.robusttrain.report.view.RunLook.Twin;
import io.robusttrain.report.view.RunLook.Twins;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/**
 * Makes what people will look at of the answers of a validation.
 *
 * @param classNames by class index; a model may have more classes
 */
record BestLook(List<String> classNames) {
  private static final int MOST_CONFUSIONS = 30;

  /** Wider images are reduced by a whole factor: 32 of them lie in one page. */
  private static final int WIDEST = 96;

  RunLook of(Scores scores, List<UnitAnswers> units) throws IOException {
    int[][] counts = new int[classNames.size()][3];
    Map<Long, Integer> pairs = new TreeMap<>();
    List<Twins> twins = new ArrayList<>();
    for (UnitAnswers unit : units) {
      for (int i = 0; i < unit.labels().length; i++) {
        int label = unit.labels()[i];
        counts[label][0]++;
        counts[label][1] += unit.clean()[i] == label ? 1 : 0;
        counts[label][2] += unit.attacked()[i] == label ? 1 : 0;
        if (unit.attacked()[i] != label) {
          pairs.merge((long) label << Integer.SIZE | unit.attacked()[i], 1, Integer::sum);
        }
      }
      for (UnitAnswers.Shown shown : unit.shown()) {
        twins.add(
            new Twins(
                shown.sample(), name(shown.label()), twin(shown.clean()), twin(shown.attacked())));
      }
    }
    List<ClassCounts> classes = new ArrayList<>();
    for (int k = 0; k < counts.length; k++) {
      if (counts[k][0] > 0) {
        classes.add(new ClassCounts(name(k), counts[k][0], counts[k][1], counts[k][2]));
      }
    }
    return new RunLook(scores.epoch(), scores.weights().word(), classes, confusions(pairs), twins);
  }

  private List<Confusion> confusions(Map<Long, Integer> pairs) {
    return pairs.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(MOST_CONFUSIONS)
        .map(
            pair ->
                new Confusion(
                    name((int) (pair.getKey() >> Integer.SIZE)),
                    name(pair.getKey().intValue()),
                    pair.getValue()))
        .toList();
  }

  private String name(int index) {
    return index < classNames.size() ? classNames.get(index) : "class " + index;
  }

  private Twin twin(UnitAnswers.Side side) throws IOException {
    return new Twin(png(side.pixels()), name(side.answer()), side.confidence());
  }

  /** The image, or the means of squares of its pixels if it is wide. */
  static byte[] png(byte... pixels) throws IOException {
    int side = (int) Math.round(Math.sqrt(pixels.length / 3.0));
    int factor = (side + WIDEST - 1) / WIDEST;
    BufferedImage image =
        new BufferedImage(side / factor, side / factor, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          int sum = 0;
          for (int i = 0; i < factor * factor; i++) {
            int row = y * factor + i / factor;
            int column = x * factor + i % factor;
            sum += pixels[(channel * side + row) * side + column] & 0xff;
          }
          rgb = rgb << 8 | Math.round(sum / (float) (factor * factor));
        }
        image.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
