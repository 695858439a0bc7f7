package io.robusttrain.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** Decodes and transforms the samples of a batch on a pool. Thread-safe. */
final class BatchDecoder {

  /** What is done with a decoded image. */
  interface Transform {
    /** Writes {@code 3 * size * size} planar bytes from {@code offset} of {@code out} on. */
    void apply(EncodedImage sample, RgbImage image, byte[] out, int offset);
  }

  /** One sample and the place of its pixels. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Job(EncodedImage sample, byte[] out, int offset) {}

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
              transform.apply(job.sample(), job.sample().decode(), job.out(), job.offset());
            }
            return null;
          });
    }
    pool.runAll(workers);
  }

  /** Adds one job for each sample and returns the bytes they fill, (B, 3, size, size). */
  static byte[] plan(List<EncodedImage> samples, int size, List<Job> jobs) {
    int bytes = 3 * size * size;
    byte[] pixels = new byte[Math.multiplyExact(bytes, samples.size())];
    for (int i = 0; i < samples.size(); i++) {
      jobs.add(new Job(samples.get(i), pixels, i * bytes));
    }
    return pixels;
  }
}
