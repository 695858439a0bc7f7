/**
 * Which process owns a run: numbered lease files, renewed while the owner lives and taken over when
 * it gives no sign of life.
 *
 * <p>In: A run directory. Out: A lease, which is the fence of everything that the owner writes.
 *
 * <p>Imports {@code base}, {@code storage}.
 */
package io.robusttrain.storage.lease;
