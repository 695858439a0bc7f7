package io.robusttrain.doctor;

import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.storage.CommitProtocol;
import java.util.List;
import java.util.Optional;

/**
 * What a doctor holds the cluster against: the executors, their cores, the data, and a run's needs.
 *
 * @param executors that take part
 * @param cores of each
 * @param device {@code cpu} or {@code cuda}
 * @param runDirectories the folder of the run directories, a path or Hadoop URI
 * @param commit how checkpoints are committed, if the configuration says
 * @param sets the splits that are read; may be empty
 * @param load what the run needs, if one is planned
 */
public record Demands(
    int executors,
    int cores,
    String device,
    String runDirectories,
    Optional<CommitProtocol> commit,
    List<ImageSet> sets,
    Optional<Load> load) {
  public Demands {
    sets = List.copyOf(sets);
  }

  /**
   * What a planned run needs.
   *
   * @param heapBytes Java heap of an executor
   * @param nativeBytes of an executor's process beside its heap
   * @param exchangedBytes the flat vector as it is sent
   * @param halved whether it is sent in 16 bits an element already, or can only be sent in 32
   * @param stepOperations floating-point operations of a step on one executor
   * @param checkpointBytes of one checkpoint
   * @param checkpointsKept at a time
   */
  public record Load(
      long heapBytes,
      long nativeBytes,
      long exchangedBytes,
      boolean halved,
      double stepOperations,
      long checkpointBytes,
      int checkpointsKept) {}

  /** Whether bytes are sent between executors. */
  public enum Network {
    /** They are, if there are executors. */
    PROBED,
    /** They are, and every executor connects to every other one. */
    EVERY_PAIR,
    LEFT_OUT
  }

  /** How thoroughly the cluster is examined. */
  public enum Depth {
    /** Before a training: what takes no time that training would not take too. */
    QUICK,
    /** Images are decoded, more bytes are sent. */
    THOROUGH
  }
}
