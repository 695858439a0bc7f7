package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Judges names of files and archive entries. */
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

  /**
   * The parts of an archive entry's name.
   *
   * @throws DataException for absolute names and names that climb out of the archive
   */
  static List<String> safeParts(String archive, String entry) {
    if (entry.startsWith("/") || entry.indexOf('\\') >= 0 || entry.matches("[A-Za-z]:.*")) {
      throw new DataException(
          archive
              + ": entry '"
              + entry
              + "' has an absolute or foreign path; repack the archive with relative paths");
    }
    if (entry.chars().anyMatch(Character::isISOControl)) {
      throw new DataException(
          archive
              + ": entry '"
              + entry.replaceAll("\\p{Cntrl}", "?")
              + "' has control characters in its name; repack the archive with plain names");
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
