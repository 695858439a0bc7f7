package io.robusttrain.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;

/**
 * The encoded samples of a whole split in memory. Loaders of one JVM that read the same split share
 * one store, which is dropped when the last of them closes it. Thread-safe.
 */
final class EncodedStore implements SampleSource {
  private static final Map<Key, EncodedStore> SHARED = new HashMap<>();

  private record Key(String path, String split, List<Block> blocks) {}

  private final Key key;
  private final EncodedImage[] images;
  private int users;

  private EncodedStore(Key key, EncodedImage[] images) {
    this.key = key;
    this.images = images;
  }

  /**
   * The shared store of a split; reads it, if no other loader has. Close it once for each call.
   *
   * @param pool reads blocks side by side
   * @throws DataException naming file and row when the split cannot be read
   */
  static EncodedStore acquire(Configuration conf, ImageSet set, WorkerPool pool) {
    Key key = new Key(set.path(), set.split(), set.blocks());
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

  private static EncodedImage[] readAll(Configuration conf, ImageSet set, WorkerPool pool) {
    EncodedImage[] images = new EncodedImage[Math.toIntExact(set.sampleCount())];
    int classes = set.classNames().size();
    List<Callable<Void>> reads = new ArrayList<>();
    for (Block block : set.blocks()) {
      reads.add(
          () -> {
            BlockRows rows = SampleCursor.open(conf, block, classes);
            int first = Math.toIntExact(block.firstSample());
            for (int i = 0; i < block.rows(); i++) {
              images[first + i] = rows.next();
            }
            return null;
          });
    }
    pool.runAll(reads);
    return images;
  }

  @Override
  public List<EncodedImage> take(EpochOrder order, int step, int lane) {
    return Arrays.stream(order.samples(step, lane)).mapToObj(id -> images[(int) id]).toList();
  }

  @Override
  public void close() {
    synchronized (SHARED) {
      if (--users == 0) {
        SHARED.remove(key);
      }
    }
  }

  /** Stores alive in this JVM. */
  static int alive() {
    synchronized (SHARED) {
      return SHARED.size();
    }
  }
}
