package io.robusttrain.data.prep.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Lists the images of a drawn set; they are drawn by the tasks that write them. */
public final class SyntheticImporter {
  private final SyntheticImages images;
  private final Map<String, Integer> splits;

  /**
   * Sets up the importer.
   *
   * @param splits number of images by split name
   * @throws IllegalArgumentException when a split has fewer images than there are classes
   */
  public SyntheticImporter(SyntheticImages images, Map<String, Integer> splits) {
    this.images = images;
    this.splits = new LinkedHashMap<>(splits);
    splits.forEach(
        (split, count) -> {
          if (count < images.classes()) {
            throw new IllegalArgumentException(
                "split '%s' needs at least one image of each of the %d classes, not %d"
                    .formatted(split, images.classes(), count));
          }
        });
  }

  /** Lists every image of every split. */
  public Listing list() {
    SortedMap<String, List<SampleRef>> all = new TreeMap<>();
    List<String> classes = images.classNames();
    String extension = images.format() == SyntheticImages.Format.PNG ? "png" : "jpg";
    splits.forEach(
        (split, count) -> {
          List<SampleRef> samples = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            int label = images.label(i);
            String name =
                String.format(Locale.ROOT, "%s/%07d.%s", classes.get(label), i, extension);
            samples.add(new SampleRef(name, label, new Origin.Drawn(images, split, i)));
          }
          all.put(split, samples);
        });
    Map<String, String> source = new LinkedHashMap<>();
    source.put("kind", "synthetic");
    source.put("size", Integer.toString(images.size()));
    source.put("seed", Long.toString(images.seed()));
    source.put("format", extension);
    return new Listing(classes, all, new TreeMap<>(), source);
  }
}
