package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.io.Serializable;

/**
 * One row group of one Parquet file: the unit of reading.
 *
 * @param file path of the file, as Hadoop resolves it
 * @param rowGroup index of the row group in its file
 * @param rows samples in it, at least 1
 * @param bytes bytes of its encoded images, from the footer (4 more per image, less where images
 *     repeat)
 * @param firstSample id of its first sample; its samples have consecutive ids
 * @param check what its bytes are compared with when they are read
 * @param columns what its file calls them
 */
public record Block(
    String file,
    int rowGroup,
    int rows,
    long bytes,
    long firstSample,
    BlockCheck check,
    ImageColumns columns)
    implements Serializable {
  /** Whether a sample lies in it. */
  public boolean holds(long id) {
    return id >= firstSample && id < firstSample + rows;
  }

  /**
   * Compares what was read with what is known of the row group.
   *
   * @throws DataException if the bytes are not those that were written
   */
  void requireAsWritten(ShardBytes read) {
    if (!check.admits(read)) {
      throw new DataException(
          "%s: the checksum of row group %d (%d bytes from byte %d) is wrong, its %d rows are not what was written; copy the file again, or prepare the set again"
              .formatted(file, rowGroup, check.length(), check.start(), rows));
    }
  }
}
