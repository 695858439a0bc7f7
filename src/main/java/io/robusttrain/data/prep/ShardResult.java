package io.robusttrain.data.prep;

import io.robusttrain.data.shard.ShardSums;
import java.io.Serializable;
import java.util.List;

/**
 * What became of one shard.
 *
 * @param split name of the split
 * @param index number of the shard in its split as planned
 * @param file file relative to the data set's folder; not there when {@code samples} is 0
 * @param samples images written
 * @param bytes size of the file
 * @param sums checksums of the file; empty when {@code samples} is 0
 * @param samplesPerClass images written by class index
 * @param bad images left out
 */
public record ShardResult(
    String split,
    int index,
    String file,
    long samples,
    long bytes,
    ShardSums sums,
    List<Long> samplesPerClass,
    List<BadImage> bad)
    implements Serializable {}
