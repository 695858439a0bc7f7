package io.robusttrain.report.page;

import io.robusttrain.base.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What every page brings along: the style, and the scripts that draw its charts. */
final class Assets {
  /** uPlot, from the archive that Maven Central has of the npm registry's package. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/";

  static final String STYLE = text(UPLOT + "dist/uPlot.min.css") + text("page.css");
  static final String SCRIPT = text(UPLOT + "dist/uPlot.iife.min.js") + "\n" + text("page.js");

  /** What uPlot's licence wants to stand in every copy. */
  static final String LICENCE = text(UPLOT + "LICENSE").strip();

  private Assets() {}

  /** How a page's policy names the one script that it runs. */
  static String scriptSource() {
    byte[] digest = Sha256.digest().digest(SCRIPT.getBytes(StandardCharsets.UTF_8));
    return "'sha256-%s'".formatted(Base64.getEncoder().encodeToString(digest));
  }

  private static String text(String name) {
    try (InputStream in = Assets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read from the class path", e);
    }
  }
}
