package io.robusttrain.notebook;

import io.robusttrain.report.figure.Figure;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** What values look like in a notebook; each has a text, too. */
final class Renderings {
  private static final int ROWS = 20;
  private static final int LONGEST_CELL = 200;
  private static final int LONGEST_TEXT = 20_000;
  private static final int MOST_ELEMENTS = 100;

  private Renderings() {}

  /**
   * The looks of a value.
   *
   * @throws UncheckedIOException if a picture cannot be encoded
   * @throws RuntimeException what the value's own methods throw
   */
  static DisplayData of(Object value) {
    DisplayData data = new DisplayData();
    if (value instanceof BufferedImage image) {
      data.putData("image/png", base64(png(image)));
      data.putText("picture of %d x %d pixels".formatted(image.getWidth(), image.getHeight()));
    } else if (value instanceof Figure figure) {
      data.putSVG(new String(figure.svg(), StandardCharsets.UTF_8));
      data.putData("image/png", base64(png(figure)));
      data.putText("figure: " + figure.title());
    } else if (value instanceof byte[] bytes && pictureType(bytes).isPresent()) {
      data.putData(pictureType(bytes).get(), base64(bytes));
      data.putText("picture of %d bytes".formatted(bytes.length));
    } else if (value instanceof Dataset<?> dataset) {
      preview(dataset, data);
    } else {
      data.putText(text(value));
      own(value, "toPng", byte[].class)
          .ifPresentOrElse(
              png -> data.putData("image/png", base64(png)),
              () -> own(value, "toHtml", String.class).ifPresent(data::putHTML));
    }
    return data;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] png(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("the picture cannot be encoded as PNG", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] png(Figure figure) {
    try {
      return figure.png();
    } catch (IOException e) {
      throw new UncheckedIOException("the figure cannot be encoded as PNG", e);
    }
  }

  private static Optional<String> pictureType(byte[] bytes) {
    if (bytes.length > 8 && bytes[0] == (byte) 0x89 && bytes[1] == 'P' && bytes[2] == 'N') {
      return Optional.of("image/png");
    }
    return bytes.length > 3 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8
        ? Optional.of("image/jpeg")
        : Optional.empty();
  }

  /** What a value's own method without arguments gives, if it has one of that name and type. */
  private static <T> Optional<T> own(Object value, String name, Class<T> type) {
    try {
      Method method = value.getClass().getMethod(name);
      if (method.getReturnType() != type || Modifier.isStatic(method.getModifiers())) {
        return Optional.empty();
      }
      method.setAccessible(true);
      return Optional.ofNullable(type.cast(method.invoke(value)));
    } catch (NoSuchMethodException none) {
      return Optional.empty();
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(name + "() failed: " + e.getCause(), e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(name + "() cannot be called", e);
    }
  }

  private static String text(Object value) {
    String text;
    if (value.getClass().isArray()) {
      int length = Array.getLength(value);
      List<String> elements = new ArrayList<>();
      for (int i = 0; i < Math.min(length, MOST_ELEMENTS); i++) {
        elements.add(String.valueOf(Array.get(value, i)));
      }
      text =
          "%s[%d] {%s%s}"
              .formatted(
                  value.getClass().getComponentType().getSimpleName(),
                  length,
                  String.join(", ", elements),
                  length > MOST_ELEMENTS ? ", ..." : "");
    } else {
      text = String.valueOf(value);
    }
    return shortened(text, LONGEST_TEXT);
  }

  private static String shortened(String text, int length) {
    return text.length() > length ? text.substring(0, length) + " ..." : text;
  }

  /** The first rows, and whether there are more. */
  private static void preview(Dataset<?> dataset, DisplayData data) {
    Dataset<Row> rows = dataset.toDF();
    List<Row> found = rows.takeAsList(ROWS + 1);
    List<Row> shown = found.subList(0, Math.min(ROWS, found.size()));
    String more =
        found.size() > ROWS ? "the first %d rows".formatted(ROWS) : found.size() + " rows";
    StringBuilder html = new StringBuilder("<table><thead><tr>");
    for (var field : rows.schema().fields()) {
      html.append("<th>%s<br>%s</th>".formatted(escaped(field.name()), field.dataType().sql()));
    }
    html.append("</tr></thead><tbody>");
    StringBuilder text = new StringBuilder(String.join("  ", rows.columns()));
    for (Row row : shown) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        cells.add(shortened(cell(row.get(i)), LONGEST_CELL));
      }
      html.append(
          cells.stream()
              .map(cell -> "<td>" + escaped(cell) + "</td>")
              .collect(Collectors.joining("", "<tr>", "</tr>")));
      text.append('\n').append(String.join("  ", cells));
    }
    data.putHTML(html + "</tbody></table><p>" + more + "</p>");
    data.putText(text + "\n" + more);
  }

  private static String cell(Object value) {
    if (value instanceof byte[] bytes) {
      return bytes.length + " bytes";
    }
    if (value instanceof Row row) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        cells.add(cell(row.get(i)));
      }
      return "[" + String.join(", ", cells) + "]";
    }
    return String.valueOf(value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
