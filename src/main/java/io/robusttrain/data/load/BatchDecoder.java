package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.OpenImage;
import io.robusttrain.data.image.PixelSource;
import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.StageListener;
import io.robusttrain.data.transform.StageListener.Stage;
import io.robusttrain.data.transform.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Decodes and transforms the samples of a batch on a pool. Thread-safe. */
final class BatchDecoder {

  /** What is done with a decoded image. */
  interface Transform {
    /** Writes {@code 3 * size * size} planar bytes to the job's place. */
    void apply(Job job, PixelSource image, Workspace workspace, StageListener stages);
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
  private final Supplier<StageListener> stages;
  private final Queue<Workspace> idle = new ConcurrentLinkedQueue<>();

  BatchDecoder(WorkerPool pool, ImageSet set, Transform transform) {
    this(pool, set, transform, () -> StageListener.NONE);
  }

  /**
   * A decoder whose stages are listened to.
   *
   * @param stages makes the listener of one thread and batch
   */
  BatchDecoder(WorkerPool pool, ImageSet set, Transform transform, Supplier<StageListener> stages) {
    this.pool = pool;
    this.set = set;
    this.transform = transform;
    this.stages = stages;
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
            Workspace kept = idle.poll();
            Workspace workspace = kept == null ? new Workspace() : kept;
            StageListener listener = stages.get();
            for (int j = next.getAndIncrement(); j < jobs.size(); j = next.getAndIncrement()) {
              BadSample failed = run(jobs.get(j), workspace, listener);
              if (failed != null) {
                bad.put(j, failed);
              }
            }
            idle.add(workspace);
            return null;
          });
    }
    pool.runAll(workers);
    return bad;
  }

  /** The sample if it cannot be decoded, which is accepted; else null. */
  private BadSample run(Job job, Workspace workspace, StageListener listener) {
    OpenImage image;
    try {
      image = job.sample().open(set.rules());
    } catch (DataException e) {
      if (!set.rules().skips()) {
        throw e;
      }
      return set.bad(job.sample().sampleId(), e);
    }
    try (image) {
      listener.ended(Stage.DECODE);
      transform.apply(job, image, workspace, listener);
      return null;
    }
  }
}
