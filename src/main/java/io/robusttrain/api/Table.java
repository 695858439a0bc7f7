package io.robusttrain.api;

import io.robusttrain.base.Figures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * Figures in rows and named columns: what a run, an evaluation or an attack found. A cell is a
 * {@code Long}, a {@code Double} (NaN where nothing was measured), a {@code Boolean} or a {@code
 * String}, the same type in a whole column. Accuracies are fractions. Immutable and thread-safe.
 *
 * <pre>{@code
 * Table metrics = run.metrics();
 * double[] robust = metrics.numbers("fgsm_accuracy");
 * metrics.dataset(spark).filter("clean_accuracy > 0.6").show();
 * }</pre>
 */
public final class Table {
  private final List<String> columns;
  private final List<List<Object>> cells;

  Table(List<String> columns, List<List<Object>> cells) {
    this.columns = List.copyOf(columns);
    this.cells = cells.stream().map(Table::widened).toList();
  }

  private static List<Object> widened(List<Object> row) {
    List<Object> wide = new ArrayList<>();
    for (Object cell : row) {
      wide.add(
          cell instanceof Integer number
              ? Long.valueOf(number)
              : cell instanceof Float number ? Double.valueOf(number) : cell);
    }
    return Collections.unmodifiableList(wide);
  }

  /** The names of the columns, in order. */
  public List<String> columns() {
    return columns;
  }

  /** The number of rows. */
  public int size() {
    return cells.size();
  }

  /** The rows, each a map from column to cell in the order of the columns. */
  public List<Map<String, Object>> rows() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (List<Object> row : cells) {
      Map<String, Object> named = new LinkedHashMap<>();
      IntStream.range(0, columns.size()).forEach(i -> named.put(columns.get(i), row.get(i)));
      rows.add(Collections.unmodifiableMap(named));
    }
    return Collections.unmodifiableList(rows);
  }

  /**
   * The cells of a column.
   *
   * @throws RobustTrainException if there is no such column; the message names those that are there
   */
  public List<Object> column(String name) {
    int index = columns.indexOf(name);
    if (index < 0) {
      throw new RobustTrainException(
          "there is no column %s; there are %s".formatted(name, String.join(", ", columns)));
    }
    return cells.stream().map(row -> row.get(index)).toList();
  }

  /**
   * A column as numbers, to plot it.
   *
   * @throws RobustTrainException if there is no such column, or it has words
   */
  public double[] numbers(String name) {
    return column(name).stream()
        .mapToDouble(
            cell -> {
              if (cell instanceof Number number) {
                return number.doubleValue();
              }
              throw new RobustTrainException(
                  "column %s holds %s, which is no number".formatted(name, cell));
            })
        .toArray();
  }

  /** The table in Spark SQL, for those who think in it. */
  public Dataset<Row> dataset(SparkSession spark) {
    List<StructField> fields =
        IntStream.range(0, columns.size())
            .mapToObj(i -> DataTypes.createStructField(columns.get(i), type(i), true))
            .toList();
    List<Row> rows = cells.stream().map(row -> RowFactory.create(row.toArray())).toList();
    return spark.createDataFrame(rows, DataTypes.createStructType(fields));
  }

  private DataType type(int column) {
    Object first = cells.isEmpty() ? "" : cells.get(0).get(column);
    if (first instanceof Long) {
      return DataTypes.LongType;
    }
    if (first instanceof Double) {
      return DataTypes.DoubleType;
    }
    return first instanceof Boolean ? DataTypes.BooleanType : DataTypes.StringType;
  }

  /** The table as an HTML fragment. */
  public String toHtml() {
    StringBuilder html = new StringBuilder("<table><thead><tr>");
    columns.forEach(name -> html.append("<th>").append(Html.escape(name)).append("</th>"));
    html.append("</tr></thead><tbody>");
    for (List<Object> row : cells) {
      html.append("<tr>");
      row.forEach(cell -> html.append("<td>").append(Html.escape(text(cell))).append("</td>"));
      html.append("</tr>");
    }
    return html.append("</tbody></table>").toString();
  }

  /** The table as text in aligned columns. */
  @Override
  public String toString() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(columns);
    cells.forEach(row -> lines.add(row.stream().map(Table::text).toList()));
    int[] widths =
        IntStream.range(0, columns.size())
            .map(i -> lines.stream().mapToInt(line -> line.get(i).length()).max().getAsInt())
            .toArray();
    return lines.stream()
        .map(
            line ->
                IntStream.range(0, widths.length)
                    .mapToObj(i -> " ".repeat(widths[i] - line.get(i).length()) + line.get(i))
                    .collect(Collectors.joining("  ")))
        .collect(Collectors.joining("\n"));
  }

  private static String text(Object cell) {
    if (!(cell instanceof Double number)) {
      return String.valueOf(cell);
    }
    if (number.isNaN()) {
      return "-";
    }
    double size = Math.abs(number);
    return size == 0 || (size >= 1e-3 && size < 1e6)
        ? Figures.format("%.4f", number)
        : String.format(Locale.ROOT, "%.3e", number);
  }
}
