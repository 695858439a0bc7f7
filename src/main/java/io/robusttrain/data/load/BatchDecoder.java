package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Decodes and transforms the samples of a batch on a pool. Thread-safe. */
final class BatchDecoder {

  /** What is done with a decoded image. */
  interface Transform {
    /** Writes {@code 3 * size * size} planar bytes to the job's place. */
    void apply(Job job, RgbImage image);
  }

  /**
   * One sample and the place of its pixels.
   *
   * @param repeat how often the sample came in its epoch before
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Job(EncodedImage sample, int repeat, byte[] out, int offset) {}

  private final WorkerPool pool;
  private final ImageSet set;
  private final Transform transform;

  BatchDecoder(WorkerPool pool, ImageSet set, Transform transform) {
    this.pool = pool;
    this.set = set;
    this.transform = transform;
  }

  /**
   * Runs all jobs; threads take the next one when they are free.
   *
   * @return the jobs, by index, whose images cannot be decoded; empty where bad samples must fail
   * @throws DataException naming the sample and the reason when bad samples must fail
   */
  Map<Integer, BadSample> run(List<Job> jobs) {
    Map<Integer, BadSample> bad = new ConcurrentHashMap<>();
    AtomicInteger next = new AtomicInteger();
    List<Callable<Void>> workers = new ArrayList<>();
    for (int i = 0; i < Math.min(pool.threads(), jobs.size()); i++) {
      workers.add(
          () -> {
            for (int j = next.getAndIncrement(); j < jobs.size(); j = next.getAndIncrement()) {
              Job job = jobs.get(j);
              RgbImage image;
              try {
                image = job.sample().decode(set.rules());
              } catch (DataException e) {
                if (!set.rules().skips()) {
                  throw e;
                }
                bad.put(j, set.bad(job.sample().sampleId(), e));
                continue;
              }
              transform.apply(job, image);
            }
            return null;
          });
    }
    pool.runAll(workers);
    return bad;
  }
}
