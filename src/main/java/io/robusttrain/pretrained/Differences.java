package io.robusttrain.pretrained;

import io.robusttrain.base.Figures;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a file and an architecture differ.
 *
 * @param missing names that the file lacks
 * @param unexpected names that the architecture lacks, as the file has them
 * @param unfit tensors of another shape or type, each with both in words
 */
record Differences(List<String> missing, List<String> unexpected, List<String> unfit) {
  private static final int SHOWN = 8;

  boolean none() {
    return missing.isEmpty() && unexpected.isEmpty() && unfit.isEmpty();
  }

  /** All of them in one sentence without its end; of many of a kind, the first few. */
  String text() {
    List<String> texts = new ArrayList<>();
    describe("missing", missing, texts);
    describe("unexpected", unexpected, texts);
    describe("of another shape", unfit, texts);
    return String.join("; ", texts);
  }

  private static void describe(String kind, List<String> items, List<String> texts) {
    if (!items.isEmpty()) {
      List<String> shown = items.subList(0, Math.min(SHOWN, items.size()));
      String rest = items.size() > SHOWN ? " and " + (items.size() - SHOWN) + " more" : "";
      texts.add(
          "%s %s (%s%s)"
              .formatted(
                  Figures.counted(items.size(), "tensor"), kind, String.join(", ", shown), rest));
    }
  }
}
