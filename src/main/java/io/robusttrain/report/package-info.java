/**
 * What a run tells its user: the run directory, metrics.jsonl, TensorBoard events, progress, the
 * final table and report.html. Knows nothing of Spark or BigDL; may import {@code checkpoint} for
 * atomic files.
 */
package io.robusttrain.report;
