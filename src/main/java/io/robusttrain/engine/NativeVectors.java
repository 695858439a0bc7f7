package io.robusttrain.engine;

/**
 * A replica's flat vectors in the memory of its process, as float32 in the machine's byte order.
 * They belong to the worker and are where they are until it is closed.
 *
 * @param weights the address of the weights (P)
 * @param gradients the address of their gradients (P)
 * @param size their elements, P
 */
public record NativeVectors(long weights, long gradients, int size) {}
