package io.robusttrain.data.prep;

import java.io.Serializable;

/**
 * An image that could not be used.
 *
 * @param split name of the split
 * @param path of the image inside the split
 * @param reason why
 */
public record BadImage(String split, String path, String reason) implements Serializable {}
