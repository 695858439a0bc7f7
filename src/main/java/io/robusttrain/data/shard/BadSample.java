package io.robusttrain.data.shard;

import java.io.Serializable;

/**
 * A sample that cannot be used. Immutable.
 *
 * @param sampleId its id in its split
 * @param split name of the split
 * @param file the Parquet file that it lies in
 * @param rowGroup index of the row group in that file
 * @param row index of the row in the row group
 * @param problem what is wrong and the remedy; it names file and row, too
 */
public record BadSample(
    long sampleId, String split, String file, int rowGroup, int row, String problem)
    implements SourceSample, Serializable {}
