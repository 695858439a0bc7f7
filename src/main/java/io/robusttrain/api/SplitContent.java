package io.robusttrain.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.load.SampleCursor;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.ShardReader;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Images of a split, read when they are asked for. */
final class SplitContent implements ImageContent {
  private final Configuration hadoop;
  private final ImageSet set;

  @GuardedBy("this")
  private final SampleCursor reader;

  @GuardedBy("this")
  private int[] labels;

  @GuardedBy("this")
  private EncodedImage last;

  SplitContent(Configuration hadoop, ImageSet set) {
    this.hadoop = hadoop;
    this.set = set;
    this.reader = new SampleCursor(hadoop, set);
  }

  @Override
  public int count() {
    return Math.toIntExact(set.sampleCount());
  }

  @Override
  public List<String> classNames() {
    return set.classNames();
  }

  @Override
  public long id(int row) {
    return row;
  }

  @Override
  public String name(int row) {
    return read(row).path();
  }

  /** Reads the column of labels alone, once. */
  @Override
  public synchronized int label(int row) {
    if (labels == null) {
      int[] all = new int[count()];
      int next = 0;
      for (Block block : set.blocks()) {
        try (ShardReader shard = ShardReader.open(hadoop, block)) {
          for (long label : shard.labels(block.rowGroup())) {
            all[next++] = Math.toIntExact(label);
          }
        }
      }
      labels = all;
    }
    return labels[row];
  }

  @Override
  public RgbImage picture(int row) {
    return read(row).decode(set.rules());
  }

  private synchronized EncodedImage read(int row) {
    if (last == null || last.sampleId() != row) {
      last = reader.read(row);
    }
    return last;
  }
}
