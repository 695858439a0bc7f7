package io.robusttrain.data;

import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Reads samples by id; ascending runs of ids cost one pass over each row group. Holds the pages of
 * one row group. Not thread-safe.
 */
final class SampleCursor {
  private final Configuration conf;
  private final List<Block> blocks;
  private final int classes;
  private BlockRows rows;

  SampleCursor(Configuration conf, ImageSet set) {
    this.conf = conf;
    this.blocks = set.blocks();
    this.classes = set.classNames().size();
  }

  /**
   * Reads one sample.
   *
   * @throws DataException naming file and row when it cannot be read
   */
  EncodedImage read(long id) {
    if (rows == null || !holds(rows.block(), id) || id < rows.block().firstSample() + rows.row()) {
      rows = open(conf, blockOf(id), classes);
    }
    rows.skip((int) (id - rows.block().firstSample()) - rows.row());
    return rows.next();
  }

  /** Reads a block's pages; the file is closed again. */
  static BlockRows open(Configuration conf, Block block, int classes) {
    try (ShardReader reader = ShardReader.open(conf, block.file())) {
      return reader.rows(block, classes);
    }
  }

  private Block blockOf(long id) {
    int low = 0;
    int high = blocks.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (blocks.get(middle).firstSample() <= id) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    Block block = blocks.get(low);
    if (!holds(block, id)) {
      throw new IllegalArgumentException("no sample has the id " + id);
    }
    return block;
  }

  private static boolean holds(Block block, long id) {
    return id >= block.firstSample() && id < block.firstSample() + block.rows();
  }
}
