package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.source.Keys;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.prep.source.SampleRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which classes of a source are kept; the kept ones are numbered anew in their old order. */
public sealed interface ClassSubset {
  record All() implements ClassSubset {}

  /** Keeps the named classes; their order does not matter. */
  record Named(List<String> names) implements ClassSubset {}

  /** Keeps {@code count} classes drawn by a seed, the same for the same class names. */
  record DrawnBySeed(int count, long seed) implements ClassSubset {}

  /**
   * The listing of the kept classes.
   *
   * @throws DataException when classes are named that the source does not have
   */
  default Listing apply(Listing listing) {
    if (this instanceof All) {
      return listing;
    }
    Set<String> kept = this instanceof Named named ? named(named, listing) : drawn(listing);
    List<String> classes = new ArrayList<>();
    int[] newIndex = new int[listing.classes().size()];
    Arrays.fill(newIndex, -1);
    for (int c = 0; c < newIndex.length; c++) {
      if (kept.contains(listing.classes().get(c))) {
        newIndex[c] = classes.size();
        classes.add(listing.classes().get(c));
      }
    }
    SortedMap<String, List<SampleRef>> splits = new TreeMap<>();
    listing
        .splits()
        .forEach(
            (split, samples) -> {
              List<SampleRef> own = new ArrayList<>();
              for (SampleRef sample : samples) {
                if (newIndex[sample.label()] >= 0) {
                  own.add(sample.withLabel(newIndex[sample.label()]));
                }
              }
              if (own.isEmpty()) {
                throw new DataException("split '" + split + "' has no image of the chosen classes");
              }
              splits.put(split, own);
            });
    return new Listing(classes, splits, listing.ignored(), listing.source());
  }

  private Set<String> drawn(Listing listing) {
    DrawnBySeed wanted = (DrawnBySeed) this;
    if (wanted.count() < 2 || wanted.count() > listing.classes().size()) {
      throw new DataException(
          "cannot draw %d classes from a source of %d"
              .formatted(wanted.count(), listing.classes().size()));
    }
    List<String> order = new ArrayList<>(listing.classes());
    order.sort(Comparator.comparingLong(name -> Keys.hash(wanted.seed(), name)));
    return new HashSet<>(order.subList(0, wanted.count()));
  }

  private static Set<String> named(Named named, Listing listing) {
    Set<String> kept = new HashSet<>(named.names());
    List<String> unknown = new ArrayList<>(kept);
    unknown.removeAll(listing.classes());
    unknown.sort(Comparator.naturalOrder());
    if (!unknown.isEmpty()) {
      throw new DataException(
          "the source has no class %s; it has %s"
              .formatted(String.join(", ", unknown), some(listing.classes())));
    }
    return kept;
  }

  /** The first ten names, for a message. */
  static String some(List<String> names) {
    return String.join(", ", names.subList(0, Math.min(10, names.size())))
        + (names.size() > 10 ? ", ..." : "");
  }
}
