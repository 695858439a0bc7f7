package io.robusttrain.app.prep;

import io.robusttrain.data.prep.ClassSubset;
import io.robusttrain.data.prep.OutputFolder;
import io.robusttrain.data.prep.PrepSettings;

/**
 * A data set that is wanted.
 *
 * @param source of the images
 * @param classes that are kept
 * @param settings of shards and images
 * @param output its folder, on any Hadoop file system
 * @param existing what becomes of a data set that is there already
 */
public record PrepRequest(
    PrepSource source,
    ClassSubset classes,
    PrepSettings settings,
    String output,
    OutputFolder.Existing existing) {}
