package io.robusttrain.data.prep;

/**
 * How far the shards of a preparation are.
 *
 * @param images that are written
 * @param total images to write
 * @param bytes of the images that are written
 * @param seconds since the first task
 */
public record PrepProgress(long images, long total, long bytes, double seconds) {}
