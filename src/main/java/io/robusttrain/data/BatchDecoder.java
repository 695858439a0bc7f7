package io.robusttrain.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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
  private final Transform transform;

  BatchDecoder(WorkerPool pool, Transform transform) {
    this.pool = pool;
    this.transform = transform;
  }

  /**
   * Runs all jobs; threads take the next one when they are free.
   *
   * @throws DataException naming the sample and the reason
   */
  void run(List<Job> jobs) {
    AtomicInteger next = new AtomicInteger();
    List<Callable<Void>> workers = new ArrayList<>();
    for (int i = 0; i < Math.min(pool.threads(), jobs.size()); i++) {
      workers.add(
          () -> {
            for (int j = next.getAndIncrement(); j < jobs.size(); j = next.getAndIncrement()) {
              Job job = jobs.get(j);
              transform.apply(job, job.sample().decode());
            }
            return null;
          });
    }
    pool.runAll(workers);
  }

  /**
   * Adds one job for each sample and returns the bytes they fill, (B, 3, size, size).
   *
   * @param repeats how often each sample came in its epoch before
   */
  static byte[] plan(List<EncodedImage> samples, int[] repeats, int size, List<Job> jobs) {
    int bytes = 3 * size * size;
    byte[] pixels = new byte[Math.multiplyExact(bytes, samples.size())];
    for (int i = 0; i < samples.size(); i++) {
      jobs.add(new Job(samples.get(i), repeats[i], pixels, i * bytes));
    }
    return pixels;
  }
}
