package io.robusttrain.optim;

import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The ranges of the flat vector that are updated alike, in its order; what no range covers is
 * frozen: neither weights nor moments nor running statistics there ever change. Immutable.
 */
public final class UpdateRanges implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * A run of elements of one segment.
   *
   * @param start its first element in the flat vector
   * @param end one past its last element
   * @param segment where it lies
   * @param rateScale its learning rate is the step's times this, above 0; 1 for statistics
   */
  record Range(int start, int end, Segment segment, double rateScale) implements Serializable {
    /** How many elements of a slice lie before the range. */
    int from(long sliceStart, int length) {
      return within(start, sliceStart, length);
    }

    /** How many elements of a slice lie before the range's end. */
    int to(long sliceStart, int length) {
      return within(end, sliceStart, length);
    }

    private static int within(int position, long sliceStart, int length) {
      return (int) Math.max(0, Math.min(length, position - sliceStart));
    }

    private boolean joins(Range next) {
      return end == next.start && segment == next.segment && rateScale == next.rateScale;
    }
  }

  private final ArrayList<Range> parameters;
  private final ArrayList<Range> statistics;
  private final ArrayList<Range> trained;

  private UpdateRanges(List<Range> parameters, List<Range> statistics) {
    this.parameters = new ArrayList<>(parameters);
    this.statistics = new ArrayList<>(statistics);
    this.trained = new ArrayList<>();
    for (Range range : parameters) {
      append(trained, new Range(range.start(), range.end(), Segment.DECAYED, 1));
    }
  }

  /** Everything at the step's own learning rate: one range a segment. */
  public static UpdateRanges whole(ParameterLayout layout) {
    return of(layout, name -> 1);
  }

  /**
   * Each tensor at a learning rate of its own.
   *
   * @param rateScale the factor of a tensor by its name, at least 0; 0 freezes it
   * @throws IllegalArgumentException if a factor is negative or not finite
   */
  public static UpdateRanges of(ParameterLayout layout, ToDoubleFunction<String> rateScale) {
    List<Range> parameters = new ArrayList<>();
    List<Range> statistics = new ArrayList<>();
    List<ParameterSpec> inOrder =
        layout.specs().stream()
            .sorted(Comparator.comparingInt(spec -> layout.offset(spec.name())))
            .toList();
    for (ParameterSpec spec : inOrder) {
      double scale = rateScale.applyAsDouble(spec.name());
      if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the learning rate's factor of %s must be at least 0: %s"
                .formatted(spec.name(), scale));
      }
      if (scale > 0) {
        boolean statistic = spec.segment() == Segment.STATISTICS;
        int start = layout.offset(spec.name());
        int end = Math.addExact(start, Math.toIntExact(spec.elements()));
        append(
            statistic ? statistics : parameters,
            new Range(start, end, spec.segment(), statistic ? 1 : scale));
      }
    }
    return new UpdateRanges(parameters, statistics);
  }

  private static void append(List<Range> ranges, Range next) {
    int last = ranges.size() - 1;
    if (last >= 0 && ranges.get(last).joins(next)) {
      Range joined = ranges.get(last);
      ranges.set(last, new Range(joined.start(), next.end(), joined.segment(), joined.rateScale()));
    } else {
      ranges.add(next);
    }
  }

  /** The ranges of parameters that are trained, with their learning rates. */
  List<Range> parameters() {
    return parameters;
  }

  /** The ranges of running statistics that follow the batches. */
  List<Range> statistics() {
    return statistics;
  }

  /** All elements that take gradients, in as few ranges as possible. */
  List<Range> trained() {
    return trained;
  }
}
