package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.prep.source.SampleRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Judges which classes have images in which split. */
final class ClassBalance {
  private static final String TRAIN = "train";

  private ClassBalance() {}

  /**
   * Warnings about a listing.
   *
   * @throws DataException when a class has no training image though there is a training split
   */
  static List<String> check(Listing listing) {
    List<String> warnings = new ArrayList<>();
    for (Map.Entry<String, List<SampleRef>> split : listing.splits().entrySet()) {
      long[] counts = new long[listing.classes().size()];
      split.getValue().forEach(sample -> counts[sample.label()]++);
      List<String> empty = new ArrayList<>();
      for (int c = 0; c < counts.length; c++) {
        if (counts[c] == 0) {
          empty.add(listing.classes().get(c));
        }
      }
      if (empty.isEmpty()) {
        continue;
      }
      String message =
          "split '%s' has no image of %d of %d classes: %s"
              .formatted(split.getKey(), empty.size(), counts.length, ClassSubset.some(empty));
      if (split.getKey().equals(TRAIN)) {
        throw new DataException(message + "; add images or choose the classes with --classes-file");
      }
      warnings.add(message);
    }
    if (!listing.splits().containsKey(TRAIN)) {
      warnings.add(
          "no split is named 'train' (found %s); rename one with --split train=<folder> to train on it"
              .formatted(String.join(", ", listing.splits().keySet())));
    }
    return warnings;
  }

  /**
   * @throws DataException when so many images were bad that a split is left without any
   */
  static void requireImages(PrepReport report) {
    for (PrepReport.Split split : report.splits()) {
      if (split.samples() == 0) {
        BadImage first = report.badImages().get(0);
        throw new DataException(
            "split '%s' has no usable image, %d are bad, first %s: %s"
                .formatted(split.name(), split.bad(), first.path(), first.reason()));
      }
    }
  }
}
