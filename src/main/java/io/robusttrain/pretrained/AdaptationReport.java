package io.robusttrain.pretrained;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was done to a file's weights to fit an architecture. Immutable.
 *
 * @param source what the weights come from
 * @param changes everything that is not a plain copy under the same name; empty if there is nothing
 */
public record AdaptationReport(String source, List<Change> changes) {
  /** What the names of all facts of a report begin with. */
  public static final String FACT = "initial_weights";

  /** What can happen to tensors. */
  public enum Kind {
    /** A wrapper's prefix was taken off, or a former name was replaced. */
    RENAMED,
    /** The element type became float32. */
    CONVERTED,
    /** A position embedding was interpolated to another grid. */
    RESIZED,
    /** A layer was asked to start afresh. */
    REINITIALIZED,
    /** The file has no tensor for it, or one that does not fit: it keeps its initial value. */
    INITIAL,
    /** The file's tensor is not used. */
    SKIPPED,
    /** Nothing was changed, but the user should know. */
    NOTE
  }

  /**
   * One kind of change to some tensors.
   *
   * @param kind of change
   * @param text which tensors and how, in words
   */
  public record Change(Kind kind, String text) {
    @Override
    public String toString() {
      return switch (kind) {
        case RENAMED -> "renamed: " + text;
        case CONVERTED -> "converted: " + text;
        case RESIZED -> "resized: " + text;
        case REINITIALIZED -> "initialised anew: " + text;
        case INITIAL -> "left at initial values: " + text;
        case SKIPPED -> "not used: " + text;
        case NOTE -> "note: " + text;
      };
    }
  }

  public AdaptationReport {
    changes = List.copyOf(changes);
  }

  /** Returns the source, then one indented line for each change, without line ends. */
  public List<String> lines() {
    return Stream.concat(
            Stream.of("initial weights from the " + source),
            changes.stream().map(change -> "  " + change))
        .toList();
  }

  /**
   * For a provenance record: {@code initial_weights}, the source, and {@code
   * initial_weights_<kind>} for each kind of change.
   */
  public SortedMap<String, String> facts() {
    Map<Kind, String> texts =
        changes.stream()
            .collect(
                Collectors.groupingBy(
                    Change::kind,
                    () -> new EnumMap<>(Kind.class),
                    Collectors.mapping(Change::text, Collectors.joining("; "))));
    SortedMap<String, String> facts = new TreeMap<>();
    facts.put(FACT, source);
    texts.forEach(
        (kind, text) -> facts.put(FACT + "_" + kind.name().toLowerCase(Locale.ROOT), text));
    return Collections.unmodifiableSortedMap(facts);
  }
}
