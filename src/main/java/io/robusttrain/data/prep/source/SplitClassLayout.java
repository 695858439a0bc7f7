package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Collects files of a {@code <split>/<class>/<file>} tree, possibly below one common top folder,
 * and turns them into a listing. Class indices follow the sorted folder names.
 */
final class SplitClassLayout {
  private record Entry(List<String> parts, Origin origin) {}

  private final String source;
  private final List<Entry> entries = new ArrayList<>();
  private final SortedMap<String, Long> ignored = new TreeMap<>();
  private final Map<String, String> known = new HashMap<>();

  SplitClassLayout(String source) {
    this.source = source;
  }

  /** Counts a file that is no image. */
  void ignore(String fileName) {
    ignored.merge(ImageNames.kind(fileName), 1L, Long::sum);
  }

  /** Adds an image by the parts of its path. */
  void add(List<String> parts, Origin origin) {
    List<String> shared = new ArrayList<>(parts.size());
    for (String part : parts.subList(0, parts.size() - 1)) {
      shared.add(known.computeIfAbsent(part, p -> p));
    }
    shared.add(parts.get(parts.size() - 1));
    entries.add(new Entry(List.copyOf(shared), origin));
  }

  /**
   * The listing of all images added.
   *
   * @param splitNames new names of splits by their folder names; others keep the folder name
   * @throws DataException when the paths do not follow the layout
   */
  Listing listing(Map<String, String> splitNames, Map<String, String> provenance) {
    if (entries.isEmpty()) {
      throw new DataException(
          source
              + ": no image found; expected <split>/<class>/<file> with JPEG, PNG, WebP, BMP, GIF or TIFF files");
    }
    int top = topFolders();
    SortedSet<String> classes = new TreeSet<>();
    SortedSet<String> folders = new TreeSet<>();
    for (Entry entry : entries) {
      folders.add(entry.parts().get(top));
      classes.add(entry.parts().get(top + 1));
    }
    for (String wanted : splitNames.keySet()) {
      if (!folders.contains(wanted)) {
        throw new DataException(
            source + ": no split folder '" + wanted + "'; found " + String.join(", ", folders));
      }
    }
    List<String> ordered = List.copyOf(classes);
    Map<String, Integer> index = new HashMap<>();
    ordered.forEach(name -> index.put(name, index.size()));
    SortedMap<String, List<SampleRef>> splits = new TreeMap<>();
    for (Entry entry : entries) {
      String folder = entry.parts().get(top);
      String label = entry.parts().get(top + 1);
      String name = label + "/" + entry.parts().get(top + 2);
      splits
          .computeIfAbsent(splitNames.getOrDefault(folder, folder), s -> new ArrayList<>())
          .add(new SampleRef(name, index.get(label), entry.origin()));
    }
    return new Listing(ordered, splits, ignored, new LinkedHashMap<>(provenance));
  }

  /** 0 when every path is split/class/file, 1 when all of them share one more folder above. */
  private int topFolders() {
    Entry first = entries.get(0);
    int depth = first.parts().size();
    for (Entry entry : entries) {
      boolean fits = entry.parts().size() == depth && (depth == 3 || depth == 4);
      if (fits && depth == 4) {
        fits = entry.parts().get(0).equals(first.parts().get(0));
      }
      if (!fits) {
        throw new DataException(
            "%s: '%s' does not fit the layout <split>/<class>/<file> (other files: '%s'); move the images so that each lies in one class folder of one split folder"
                .formatted(
                    source, String.join("/", entry.parts()), String.join("/", first.parts())));
      }
    }
    return depth - 3;
  }
}
