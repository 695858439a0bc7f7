package io.robusttrain.api;

import java.util.Base64;

/** Pieces of the pages that objects show themselves by. */
final class Html {
  private Html() {}

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** An image that is in the page itself. */
  static String image(byte[] png, String words) {
    return "<img alt=\"%s\" src=\"data:image/png;base64,%s\">"
        .formatted(escape(words), Base64.getEncoder().encodeToString(png));
  }
}
