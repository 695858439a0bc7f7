/**
 * The configuration of a run: one immutable record a group of keys, reading, validation and
 * rendering. HOCON files and {@code key=value} overrides come in, over the defaults of {@code
 * reference.conf}; out goes a {@link io.robusttrain.config.RunConfig}, or every problem at once,
 * each with its file and line. Records hold the words of the rooms that do the work, such as {@code
 * ThreatModel.Norm}, so this room lies above {@code attack}, {@code objective}, {@code data},
 * {@code model}, {@code optim}, {@code schedule}, {@code tensor}, {@code checkpoint} and {@code
 * pretrained}, which it may import and which do not know it. A record checks its own values;
 * demands of several groups on each other are in {@code Consistency} and {@code
 * ObjectiveConsistency}. No arithmetic and no native library.
 */
package io.robusttrain.config;
