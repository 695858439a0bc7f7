package io.robusttrain.report.page;

import io.robusttrain.base.Figures;
import java.util.ArrayList;
import java.util.List;

/**
 * A table of a page, its cells texts. Rows are added one by one; the first cell of a row names it.
 * Not thread-safe.
 */
public final class Table {
  /** How the cells of a column look. */
  public enum Look {
    /** To the right. */
    NUMBER,
    /** To the left, on one line. */
    TEXT,
    /** To the left, on as many lines as it needs. */
    PROSE,
    /** A long number of digits without a place to break, on several short lines. */
    HASH,
    /** A fraction, as a percentage with a bar. */
    SHARE;

    private String attribute() {
      return switch (this) {
        case NUMBER -> "";
        case TEXT -> " class=\"text\"";
        case PROSE -> " class=\"prose\"";
        case HASH -> " class=\"hash\"";
        case SHARE -> " class=\"share\"";
      };
    }

    private String content(String cell) {
      if (this != SHARE) {
        return Html.escape(cell);
      }
      double fraction = Double.parseDouble(cell);
      return Figures.format(
          "%s<span class=\"bar\" aria-hidden=\"true\"><span style=\"width:%.1f%%\"></span></span>",
          Figures.percent(fraction), Double.isFinite(fraction) ? 100 * fraction : 0);
    }
  }

  private final String caption;
  private final List<Look> looks = new ArrayList<>();
  private final StringBuilder head = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private int rows;

  /**
   * A table without columns.
   *
   * @param caption what it shows; empty where the heading above says it
   */
  public Table(String caption) {
    this.caption = caption;
  }

  /** Adds a column; before any row. */
  public Table column(String name, Look look) {
    head.append("<th scope=\"col\"%s>%s</th>".formatted(headLook(look), Html.escape(name)));
    looks.add(look);
    return this;
  }

  /** Adds columns of numbers. */
  public Table numbers(String... names) {
    for (String name : names) {
      column(name, Look.NUMBER);
    }
    return this;
  }

  private static String headLook(Look look) {
    return look == Look.PROSE || look == Look.HASH ? Look.TEXT.attribute() : look.attribute();
  }

  /** Adds a row. */
  public Table row(String... cells) {
    return row(false, List.of(cells), List.of());
  }

  /** Adds the row that stands out. */
  public Table bestRow(String... cells) {
    return row(true, List.of(cells), List.of());
  }

  /**
   * Adds a row some of whose cells are marked.
   *
   * @param marked the numbers of these cells
   */
  public Table markedRow(List<String> cells, List<Integer> marked) {
    return row(false, cells, marked);
  }

  private Table row(boolean best, List<String> cells, List<Integer> marked) {
    if (cells.size() != looks.size()) {
      throw new IllegalArgumentException(
          "%d cells for %d columns".formatted(cells.size(), looks.size()));
    }
    body.append(best ? "<tr class=\"best\">" : "<tr>");
    for (int i = 0; i < cells.size(); i++) {
      String look = marked.contains(i) ? " class=\"text changed\"" : looks.get(i).attribute();
      String name = i == 0 && looks.get(i) == Look.TEXT ? "th scope=\"row\"" : "td";
      String content = looks.get(i).content(cells.get(i));
      body.append("<%s%s>%s</%s>".formatted(name, look, content, name.substring(0, 2)));
    }
    body.append("</tr>\n");
    rows++;
    return this;
  }

  /** Whether there is no row. */
  public boolean isEmpty() {
    return rows == 0;
  }

  /** The table, which scrolls by itself where it is wider than the page. */
  String html() {
    String title = caption.isEmpty() ? "" : "<caption>%s</caption>".formatted(Html.escape(caption));
    return """
        <div class="wide" tabindex="0" role="region" aria-label="%s"><table>%s
        <thead><tr>%s</tr></thead>
        <tbody>
        %s</tbody></table></div>
        """
        .formatted(caption.isEmpty() ? "table" : Html.escape(caption), title, head, body);
  }
}
