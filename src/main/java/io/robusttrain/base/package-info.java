/**
 * Small kits that every room needs and that know nothing of training: JSON, SHA-256, spelling of
 * names, sizes, secrets, Hadoop settings that travel to executors.
 *
 * <p>In: Strings, bytes and file-system settings. Out: The same in another form, or an exception
 * that names what is wrong.
 *
 * <p>Imports nothing of ours.
 */
package io.robusttrain.base;
