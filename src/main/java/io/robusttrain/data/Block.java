package io.robusttrain.data;

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
 */
public record Block(
    String file, int rowGroup, int rows, long bytes, long firstSample, BlockCheck check)
    implements Serializable {
  /** Whether a sample lies in it. */
  boolean holds(long id) {
    return id >= firstSample && id < firstSample + rows;
  }
}
