package io.robusttrain.report.page;

import io.robusttrain.base.Secrets;

/** Texts as HTML. */
public final class Html {
  private Html() {}

  /**
   * A text that means itself, in elements and in attributes. Without secrets: the address of a file
   * may hold user and password.
   */
  public static String escape(String text) {
    return Secrets.masked(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
