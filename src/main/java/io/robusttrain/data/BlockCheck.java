package io.robusttrain.data;

import java.io.Serializable;

/**
 * What is known of a row group's bytes before they are read. Immutable.
 *
 * @param seal of the file
 * @param start position of the row group's first byte
 * @param length bytes of the row group
 * @param summed whether there is a checksum: sets that RobustPrep wrote have one
 * @param crc CRC-32C of the bytes, where there is a checksum
 */
record BlockCheck(ShardSeal seal, long start, long length, boolean summed, int crc)
    implements Serializable {

  /** Whether all bytes were read and the sum says that they are not those that were written. */
  boolean refutes(ShardBytes read) {
    return summed && read.readExactly(start, length) && read.crc() != crc;
  }

  /**
   * Compares what was read.
   *
   * @throws DataException if the bytes are not those that were written
   */
  void require(ShardBytes read, Block block) {
    if (summed && !(read.readExactly(start, length) && read.crc() == crc)) {
      throw new DataException(
          "%s: the checksum of row group %d (%d bytes from byte %d) is wrong, its %d rows are not what was written; copy the file again, or prepare the set again"
              .formatted(block.file(), block.rowGroup(), length, start, block.rows()));
    }
  }
}
