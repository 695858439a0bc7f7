/**
 * The ground room: JSON, SHA-256, sizes, similar names, secrets and Hadoop settings that travel. It
 * imports nothing of the project, so that every other room may use it.
 */
package io.robusttrain.base;
