package io.robusttrain.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.load.SampleCursor;
import io.robusttrain.data.load.SampleReader;
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
  private List<String> names;

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

  /** Reads the column of names alone, once. */
  @Override
  public synchronized String name(int row) {
    if (names == null) {
      names = SampleReader.names(hadoop, set);
    }
    return names.get(row);
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
    // Reading an image again would read its row group again.
    if (last == null || last.sampleId() != row) {
      last = reader.read(row);
    }
    return last;
  }
}
