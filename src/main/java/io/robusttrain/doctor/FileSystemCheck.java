package io.robusttrain.doctor;

import java.time.Duration;
import java.util.List;

/** The run directory's file system as the driver uses it. Runs on the driver only. */
final class FileSystemCheck implements Check<FileSystemFacts> {
  private static final long serialVersionUID = 1L;

  private final transient RunDirectoryProbe probe;
  private final long checkpointBytes;
  private final int kept;

  /**
   * @param checkpointBytes of one checkpoint; 0 if unknown
   * @param kept checkpoints that are there at a time
   */
  FileSystemCheck(RunDirectoryProbe probe, long checkpointBytes, int kept) {
    this.probe = probe;
    this.checkpointBytes = checkpointBytes;
    this.kept = kept;
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
    return facts.judge(checkpointBytes, kept);
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
