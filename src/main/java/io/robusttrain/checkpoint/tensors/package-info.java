/**
 * The safetensors format: headers, reading on demand, writing in one pass.
 *
 * <p>In: Named arrays or a file. Out: A file, or arrays with their types and shapes.
 *
 * <p>Imports {@code base}, {@code storage}.
 */
package io.robusttrain.checkpoint.tensors;
