package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.order.EpochOrder;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.shard.SourceSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;

/**
 * The encoded samples of a whole split in memory. Loaders of one JVM that read the same split share
 * one store, which is dropped when the last of them closes it. Thread-safe.
 */
final class EncodedStore implements SampleSource {
  private static final Map<Key, EncodedStore> SHARED = new HashMap<>();

  private record Key(String path, String split, List<Block> blocks, SampleRules rules) {}

  private final Key key;
  private final SourceSample[] samples;
  private int users;

  private EncodedStore(Key key, SourceSample[] samples) {
    this.key = key;
    this.samples = samples;
  }

  /**
   * The shared store of a split; reads it, if no other loader has. Close it once for each call.
   *
   * @param pool reads blocks side by side
   * @throws DataException naming file and row when the split cannot be read, or has more bad
   *     samples than its rules accept
   */
  static EncodedStore acquire(Configuration conf, ImageSet set, WorkerPool pool) {
    Key key = new Key(set.path(), set.split(), set.blocks(), set.rules());
    synchronized (SHARED) { // others that want a store wait for it to be read
      EncodedStore store = SHARED.get(key);
      if (store == null) {
        store = new EncodedStore(key, readAll(conf, set, pool));
        SHARED.put(key, store);
      }
      store.users++;
      return store;
    }
  }

  private static SourceSample[] readAll(Configuration conf, ImageSet set, WorkerPool pool) {
    SourceSample[] samples = new SourceSample[Math.toIntExact(set.sampleCount())];
    AtomicBoolean failed = new AtomicBoolean();
    List<Callable<Void>> reads = new ArrayList<>();
    for (Block block : set.blocks()) {
      reads.add(
          () -> {
            if (failed.get()) {
              return null; // one failure ends the run: the rest need not be read
            }
            try {
              read(new SampleCursor(conf, set), block, samples);
            } catch (RuntimeException e) {
              failed.set(true);
              throw e;
            }
            return null;
          });
    }
    pool.runAll(reads);
    SkippedLimit.check(set, Arrays.stream(samples));
    return samples;
  }

  private static void read(SampleCursor cursor, Block block, SourceSample[] samples) {
    int first = Math.toIntExact(block.firstSample());
    for (int i = 0; i < block.rows(); i++) {
      samples[first + i] = cursor.find(block.firstSample() + i);
    }
  }

  @Override
  public List<SourceSample> take(EpochOrder order, int step, int lane) {
    return Arrays.stream(order.samples(step, lane)).mapToObj(this::one).toList();
  }

  @Override
  public SourceSample one(long id) {
    return samples[Math.toIntExact(id)];
  }

  @Override
  public void close() {
    synchronized (SHARED) {
      if (--users == 0) {
        SHARED.remove(key);
      }
    }
  }
}
