package io.robusttrain.data.shard;

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

  /** Whether all bytes were read and are those that were written, as far as anybody can tell. */
  boolean admits(ShardBytes read) {
    return !summed || (read.readExactly(start, length) && read.crc() == crc);
  }
}
