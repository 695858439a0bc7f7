package io.robusttrain.data.prep.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.robusttrain.data.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Judges names of files and archive entries, and reads lists of names. */
final class ImageNames {
  private static final Set<String> EXTENSIONS =
      Set.of("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff");

  private ImageNames() {}

  /** True for a visible file with the extension of an image format. */
  static boolean isImage(String fileName) {
    return !fileName.startsWith(".") && EXTENSIONS.contains(extension(fileName));
  }

  /** Lower-case extension without dot, or the empty string. */
  static String extension(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot <= 0 ? "" : fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /** What a file that is passed over is counted as. */
  static String kind(String fileName) {
    if (fileName.startsWith(".")) {
      return "hidden";
    }
    String extension = extension(fileName);
    return extension.isEmpty() ? "no extension" : "." + extension;
  }

  /** The lines of a list of names or labels, stripped, without empty ones. */
  static List<String> lines(byte[] text) {
    return new String(text, UTF_8)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /**
   * The parts of an archive entry's name.
   *
   * @throws DataException for absolute names and names that climb out of the archive
   */
  static List<String> safeParts(String archive, String entry) {
    if (entry.startsWith("/") || entry.indexOf('\\') >= 0 || entry.matches("[A-Za-z]:.*")) {
      throw new DataException(
          "%s: entry '%s' has an absolute or foreign path; repack the archive with relative paths"
              .formatted(archive, entry));
    }
    if (entry.chars().anyMatch(Character::isISOControl)) {
      throw new DataException(
          "%s: entry '%s' has control characters in its name; repack the archive with plain names"
              .formatted(archive, entry.replaceAll("\\p{Cntrl}", "?")));
    }
    List<String> parts = new ArrayList<>();
    for (String part : entry.split("/", -1)) {
      if (part.equals("..")) {
        throw new DataException(
            archive + ": entry '" + entry + "' climbs out of the archive; refusing to read it");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }
}
