package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.BlockRows;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.ShardReader;
import io.robusttrain.data.shard.SourceSample;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads samples by id; ascending runs of ids cost one pass over each row group. Holds the pages of
 * one row group. Not thread-safe.
 */
public final class SampleCursor {
  private static final Logger LOG = LoggerFactory.getLogger(SampleCursor.class);
  private static final int ATTEMPTS = 3;
  private static final long PAUSE_MILLIS = 500;

  private final Configuration conf;
  private final ImageSet set;
  private BlockRows rows;

  /** The row group that could not be opened last, and why. */
  private Block unreadable;

  private DataException why;

  /** A cursor; nothing is read yet. */
  public SampleCursor(Configuration conf, ImageSet set) {
    this.conf = conf;
    this.set = set;
  }

  /**
   * Reads one sample.
   *
   * @throws DataException naming file and row when it cannot be read
   */
  public EncodedImage read(long id) {
    if (rows == null || !rows.block().holds(id) || id < rows.block().firstSample() + rows.row()) {
      rows = open(set.blockOf(id));
    }
    rows.skip((int) (id - rows.block().firstSample()) - rows.row());
    return rows.next();
  }

  /**
   * Reads what there is at a sample's place; fails only where the rules say that bad samples do.
   */
  SourceSample find(long id) {
    if (!set.rules().skips()) {
      return read(id);
    }
    try {
      return read(id);
    } catch (DataException e) {
      return set.bad(id, e);
    }
  }

  /** Opens a row group. Each of its samples asks, but a file that fails is tried once only. */
  private BlockRows open(Block block) {
    if (block.equals(unreadable)) {
      throw why;
    }
    try {
      BlockRows opened = open(conf, block, set);
      unreadable = null;
      return opened;
    } catch (DataException e) {
      rows = null;
      unreadable = block;
      why = e;
      throw e;
    }
  }

  /** Reads a block's pages; the file is closed again. */
  private static BlockRows open(Configuration conf, Block block, ImageSet set) {
    for (int attempt = 1; ; attempt++) {
      try (ShardReader reader = ShardReader.open(conf, block)) {
        return reader.rows(block, set.classNames().size(), set.rules());
      } catch (DataException | UncheckedIOException e) {
        // Bits may have flipped on the way, and a storage that fails may come back.
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LOG.warn("{} (reading it again)", e.getMessage());
        pause(e, attempt);
      }
    }
  }

  private static void pause(RuntimeException problem, int attempt) {
    if (problem instanceof UncheckedIOException) {
      try {
        Thread.sleep(PAUSE_MILLIS * attempt);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw problem;
      }
    }
  }
}
