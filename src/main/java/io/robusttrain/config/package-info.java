/**
 * The configuration of a run: immutable records, their defaults ({@code reference.conf}), reading,
 * validation and rendering. Every problem of a configuration is reported at once, with the file and
 * line it comes from. Imports nothing of ours.
 */
package io.robusttrain.config;
