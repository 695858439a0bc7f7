package io.robusttrain.data.load;

import io.robusttrain.data.order.EpochOrder;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SourceSample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * Reads each lane's blocks in sequence and holds the encoded samples of one shuffle window for each
 * lane, plus the pages of the row group it reads from. Not thread-safe.
 */
final class WindowSource implements SampleSource {
  private final Configuration conf;
  private final ImageSet set;
  private final Map<Integer, Lane> lanes = new HashMap<>();
  private final SampleCursor anywhere;

  WindowSource(Configuration conf, ImageSet set) {
    this.conf = conf;
    this.set = set;
    this.anywhere = new SampleCursor(conf, set);
  }

  @Override
  public List<SourceSample> take(EpochOrder order, int step, int lane) {
    Lane state = lanes.computeIfAbsent(lane, l -> new Lane(new SampleCursor(conf, set)));
    List<SourceSample> images = new ArrayList<>();
    for (long id : order.samples(step, lane)) {
      state.fill(order, lane, order.window(step, lane, images.size()));
      images.add(state.window.get(id));
    }
    return images;
  }

  @Override
  public SourceSample one(long id) {
    return anywhere.find(id);
  }

  @Override
  public void close() {
    lanes.clear();
  }

  private static final class Lane {
    private final SampleCursor cursor;
    private final Map<Long, SourceSample> window = new HashMap<>();
    private long epoch = -1;
    private int index = -1;

    Lane(SampleCursor cursor) {
      this.cursor = cursor;
    }

    void fill(EpochOrder order, int lane, int wanted) {
      if (order.epoch() == epoch && wanted == index) {
        return;
      }
      window.clear();
      index = -1; // stays so when reading fails
      for (long id : order.window(lane, wanted)) {
        window.put(id, cursor.find(id));
      }
      epoch = order.epoch();
      index = wanted;
    }
  }
}
