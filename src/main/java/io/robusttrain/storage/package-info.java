/**
 * Files that are whole or absent on any Hadoop file system: durable writes, commit protocols, and
 * the fence that is asked before anything of a run becomes visible or is removed.
 *
 * <p>In: Paths and bytes. Out: Files that a crash cannot leave half written.
 *
 * <p>Imports nothing of ours.
 */
package io.robusttrain.storage;
