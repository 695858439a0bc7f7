package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.shard.SourceSample;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Refuses a set of which too much is bad. */
public final class SkippedLimit {
  private static final int SHOWN = 3;

  private SkippedLimit() {}

  /** Refuses a whole set that has more bad samples than its rules accept. */
  static void check(ImageSet set, Stream<SourceSample> samples) {
    List<BadSample> bad =
        samples.filter(BadSample.class::isInstance).map(BadSample.class::cast).toList();
    if (bad.size() > set.rules().allowed(set.sampleCount())) {
      throw exceeded(set.toString(), bad.size(), set.sampleCount(), set.rules(), bad);
    }
  }

  /**
   * The failure of a pass that met too many bad samples.
   *
   * @param where what was passed over
   * @param count bad samples so far
   * @param of samples of a whole pass
   * @param some of the bad samples, of which the first few are named
   */
  public static DataException exceeded(
      String where, long count, long of, SampleRules rules, List<BadSample> some) {
    return new DataException(
        "%s: %d samples of %d are bad, and data.max-skipped = %s accepts %d: %s%s; repair the files (RobustPrep verify lists all that is wrong) or prepare the set again"
            .formatted(
                where,
                count,
                of,
                rules.maxSkipped(),
                rules.allowed(of),
                some.stream()
                    .limit(SHOWN)
                    .map(BadSample::problem)
                    .collect(Collectors.joining("; ")),
                count > SHOWN ? "; and %d more".formatted(count - SHOWN) : ""));
  }
}
