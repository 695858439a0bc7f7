package io.robusttrain.model;

/**
 * A learned table of relative positions inside a window: what one must know to fit it to another
 * size of the window. The tensor is float32 of shape ({@code (2 rows - 1) (2 columns - 1) +
 * extraLines}, heads): a line for each distance of two tokens, row by row, then lines of other
 * meaning. Immutable.
 *
 * @param tensor its name in the state dict
 * @param rows of the window's tokens, at least 1
 * @param columns of the window's tokens, at least 1
 * @param extraLines lines behind those of distances, such as three for a class token
 */
public record PositionTable(String tensor, int rows, int columns, int extraLines) {}
