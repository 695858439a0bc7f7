package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SourceSample;
import io.robusttrain.data.transform.EvalTransform;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Loads a split for evaluation in fixed units of consecutive samples, decoded in the background. A
 * unit's content does not depend on who loads it. Where the set's rules skip bad samples, its units
 * are smaller by them. One caller at a time, or any number of {@link #take}.
 */
public final class EvalLoader implements AutoCloseable {
  private final ImageSet set;
  private final EvalTransform transform;
  private final int unitSize;
  private final int[] units;
  private final WorkerPool pool;
  private final SampleCursor cursor;
  private final BatchDecoder decoder;
  private final Prefetcher<EvalUnit> prefetcher;
  private int next;

  /**
   * Opens a loader; nothing is read yet.
   *
   * @param conf names the file systems
   * @param unitSize samples of a unit, at least 1
   * @param units the units to load, ascending
   * @param decodeThreads threads that decode, at least 1
   * @param prefetchUnits units prepared ahead, at least 0
   */
  public EvalLoader(
      ImageSet set,
      Configuration conf,
      EvalTransform transform,
      int unitSize,
      int[] units,
      int decodeThreads,
      int prefetchUnits) {
    for (int i = 0; i < units.length; i++) {
      Objects.checkIndex(units[i], unitCount(set, unitSize));
      if (i > 0 && units[i] <= units[i - 1]) {
        throw new IllegalArgumentException("units must ascend");
      }
    }
    this.set = set;
    this.transform = transform;
    this.unitSize = unitSize;
    this.units = units.clone();
    this.pool = new WorkerPool(decodeThreads, "decode-" + set.split());
    this.cursor = new SampleCursor(conf, set);
    this.decoder =
        new BatchDecoder(
            pool,
            set,
            (job, image, workspace, stages) ->
                transform.apply(image, workspace, job.out(), job.offset()));
    this.prefetcher =
        new Prefetcher<>(
            i -> produce(this.units[(int) i]), prefetchUnits, units.length, "load-" + set.split());
  }

  /** Units of a split: ceil(N / unit size). */
  public static int unitCount(ImageSet set, int unitSize) {
    if (unitSize < 1) {
      throw new IllegalArgumentException("unit size must be at least 1, got " + unitSize);
    }
    return Math.toIntExact((set.sampleCount() + unitSize - 1) / unitSize);
  }

  /** Whether units are left. */
  public boolean hasNext() {
    return next < units.length;
  }

  /**
   * The next unit.
   *
   * @throws DataException naming file, row and reason when a sample cannot be read or decoded and
   *     the set's rules do not skip it
   * @throws NoSuchElementException when no unit is left
   */
  public EvalUnit next() {
    if (!hasNext()) {
      throw new NoSuchElementException("all units have been loaded");
    }
    return prefetcher.get(next++);
  }

  /**
   * The next unit, or nothing when none is left. Several threads may call this, and nothing else
   * but {@link #close}, at the same time.
   *
   * @throws DataException as {@link #next}
   */
  public synchronized Optional<EvalUnit> take() {
    return hasNext() ? Optional.of(next()) : Optional.empty();
  }

  private EvalUnit produce(int unit) {
    long from = (long) unit * unitSize;
    long to = Math.min(from + unitSize, set.sampleCount());
    List<SourceSample> found = new ArrayList<>();
    for (long id = from; id < to; id++) {
      found.add(cursor.find(id));
    }
    BatchDraft draft = new BatchDraft(unit, found, new int[found.size()], transform.size());
    List<BatchDecoder.Job> jobs = new ArrayList<>();
    draft.plan(found, jobs);
    List<BatchDraft.Vacancy> vacancies = draft.vacancies(decoder.run(jobs));
    MicroBatch good = draft.without(vacancies);
    return new EvalUnit(
        unit,
        good.sampleIds(),
        good.pixels(),
        good.labels(),
        vacancies.stream().map(BatchDraft.Vacancy::bad).toList());
  }

  @Override
  public void close() {
    prefetcher.close();
    pool.close();
  }
}
