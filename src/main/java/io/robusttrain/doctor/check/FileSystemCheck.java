package io.robusttrain.doctor.check;

import io.robusttrain.storage.CommitProtocol;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The run directory's file system as the driver uses it. Runs on the driver only. */
public final class FileSystemCheck implements Check<FileSystemFacts> {
  private static final long serialVersionUID = 1L;

  private final transient RunDirectoryProbe probe;
  private final long checkpointBytes;
  private final int kept;
  private final CommitProtocol chosen;

  /**
   * @param checkpointBytes of one checkpoint; 0 if unknown
   * @param kept checkpoints that are there at a time
   * @param chosen how they are committed, if the configuration says
   */
  public FileSystemCheck(
      RunDirectoryProbe probe, long checkpointBytes, int kept, Optional<CommitProtocol> chosen) {
    this.probe = probe;
    this.checkpointBytes = checkpointBytes;
    this.kept = kept;
    this.chosen = chosen.orElse(null);
  }

  @Override
  public String name() {
    return "run dir";
  }

  @Override
  public FileSystemFacts examine(Place place) {
    return probe.examine();
  }

  @Override
  public List<Finding> judge(Place place, FileSystemFacts facts) {
    return facts.judge(checkpointBytes, kept, Optional.ofNullable(chosen));
  }

  @Override
  public String remedy() {
    return "check the address of run.dir and that its server answers: hdfs dfs -ls, or ls";
  }

  @Override
  public Duration limit() {
    return Duration.ofMinutes(1);
  }
}
