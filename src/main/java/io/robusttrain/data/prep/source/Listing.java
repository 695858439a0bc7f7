package io.robusttrain.data.prep.source;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything an importer found: names and places, no image bytes. It takes about 150 bytes of
 * driver memory per image.
 *
 * @param classes class names in index order
 * @param splits images by split name, in no particular order
 * @param ignored files that are no images of the layout, counted by kind
 * @param source what was imported, for the manifest
 */
public record Listing(
    List<String> classes,
    SortedMap<String, List<SampleRef>> splits,
    SortedMap<String, Long> ignored,
    Map<String, String> source) {

  public Listing {
    classes = List.copyOf(classes);
    splits = Collections.unmodifiableSortedMap(new TreeMap<>(splits));
    ignored = Collections.unmodifiableSortedMap(new TreeMap<>(ignored));
    source = Collections.unmodifiableMap(new LinkedHashMap<>(source));
  }
}
