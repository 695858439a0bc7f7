package io.robusttrain.doctor.check;

import io.robusttrain.base.ByteUnit;
import io.robusttrain.storage.CommitProtocol;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the driver found out about the run directory's file system.
 *
 * @param root the run directories' folder, qualified
 * @param commit what its rename allows
 * @param freeBytes -1 if it does not say
 * @param refused operations that failed, with the reason
 * @param appends whether files can be appended to
 */
record FileSystemFacts(
    String root, CommitProtocol commit, long freeBytes, ArrayList<String> refused, boolean appends)
    implements Serializable {
  /**
   * What the facts mean for a run.
   *
   * @param checkpointBytes of one checkpoint; 0 if unknown
   * @param kept checkpoints that are there at a time
   * @param chosen how they are committed, if the configuration says
   */
  List<Finding> judge(long checkpointBytes, int kept, Optional<CommitProtocol> chosen) {
    if (!refused.isEmpty()) {
      return List.of(
          Finding.failed(
              root + ": " + String.join("; ", refused),
              "let the driver's user create, write, rename and delete there, or set another run.dir"));
    }
    List<Finding> findings = new ArrayList<>();
    room(checkpointBytes, kept).ifPresent(findings::add);
    if (chosen.equals(Optional.of(CommitProtocol.RENAME)) && commit != CommitProtocol.RENAME) {
      findings.add(
          Finding.warning(
              root
                  + ": renaming a folder is not one step there, a crash may leave half a checkpoint",
              "set checkpoint.commit=auto"));
    }
    return Finding.orOk(
        findings,
        "%s: checkpoints are committed by %s; files %s; %s"
            .formatted(
                root,
                chosen.orElse(commit) == CommitProtocol.RENAME ? "rename" : "a file",
                appends ? "grow by appending" : "cannot be appended to, metrics are rewritten",
                freeBytes < 0 ? "free space unknown" : ByteUnit.rounded(freeBytes) + " free"));
  }

  /** What is wrong with the free space, if anything. */
  private Optional<Finding> room(long checkpointBytes, int kept) {
    // One is written while the kept ones are there, and the best model has a copy of its own.
    long needed = checkpointBytes * (kept + 2L);
    if (freeBytes >= 0 && freeBytes < needed) {
      String what =
          "%s has %s free; %d checkpoints of %s need %s"
              .formatted(
                  root,
                  ByteUnit.rounded(freeBytes),
                  kept + 2,
                  ByteUnit.rounded(checkpointBytes),
                  ByteUnit.rounded(needed));
      String remedy = "free some space, lower checkpoint.keep, or set another run.dir";
      // A run that goes on has most of them there already.
      return Optional.of(
          freeBytes < checkpointBytes
              ? Finding.failed(what, remedy)
              : Finding.warning(what, remedy));
    }
    return Optional.empty();
  }
}
