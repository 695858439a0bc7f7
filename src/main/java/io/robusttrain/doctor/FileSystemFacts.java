package io.robusttrain.doctor;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the driver found out about the run directory's file system.
 *
 * @param root the run directories' folder, qualified
 * @param scheme of its address
 * @param freeBytes -1 if it does not say
 * @param refused operations that failed, with the reason
 * @param appends whether files can be appended to
 * @param fileOntoFile what renaming onto a file does: replaces it, is refused
 */
record FileSystemFacts(
    String root,
    String scheme,
    long freeBytes,
    ArrayList<String> refused,
    boolean appends,
    String fileOntoFile)
    implements Serializable {
  /** Rename there is a copy and a delete. */
  private static final Set<String> OBJECT_STORES =
      Set.of("s3", "s3a", "s3n", "gs", "oss", "cosn", "wasb", "wasbs", "swift", "obs", "ks3");

  /**
   * What it means for a run. Pure.
   *
   * @param checkpointBytes of one checkpoint; 0 if unknown
   * @param kept checkpoints that are there at a time
   */
  List<Finding> judge(long checkpointBytes, int kept) {
    if (!refused.isEmpty()) {
      return List.of(
          Finding.failed(
              root + ": " + String.join("; ", refused),
              "let the driver's user create, write, rename and delete there, or set another run.dir"));
    }
    List<Finding> findings = new ArrayList<>();
    // One is written while the kept ones are there, and the best model has a copy of its own.
    long needed = checkpointBytes * (kept + 2L);
    if (freeBytes >= 0 && freeBytes < needed) {
      findings.add(
          Finding.failed(
              "%s has %s free; %d checkpoints of %s need %s"
                  .formatted(
                      root, Bytes.text(freeBytes), kept + 2, Bytes.text(checkpointBytes), Bytes.text(needed)),
              "free some space, lower checkpoint.keep, or set another run.dir"));
    } else {
      findings.add(
          Finding.ok(
              "%s: checkpoints are committed by %s; files %s; %s"
                  .formatted(
                      root,
                      commit(),
                      appends ? "grow by appending" : "cannot be appended to, metrics are rewritten",
                      freeBytes < 0 ? "free space unknown" : Bytes.text(freeBytes) + " free")));
    }
    return findings;
  }

  /** How a checkpoint becomes visible there. */
  String commit() {
    return OBJECT_STORES.contains(scheme.toLowerCase(Locale.ROOT)) ? "a commit file" : "rename";
  }
}
