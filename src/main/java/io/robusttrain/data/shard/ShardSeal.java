package io.robusttrain.data.shard;

import java.io.Serializable;

/**
 * By what a file is known again that was opened before: its length and its footer, which holds the
 * places and sizes of everything else. Immutable.
 *
 * @param length bytes
 * @param footerStart position of the footer, which reaches to the end
 * @param footerCrc CRC-32C of the footer
 */
record ShardSeal(long length, long footerStart, int footerCrc) implements Serializable {}
