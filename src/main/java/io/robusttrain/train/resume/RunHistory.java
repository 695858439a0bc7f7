package io.robusttrain.train.resume;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What a run directory tells of the run so far. How often guards took the run back is in its
 * metrics, for a run may be killed before the next checkpoint says so.
 *
 * @param newest the checkpoint to go on from: the newest whole one that is not abandoned
 * @param progress what guards have done
 * @param abandoned checkpoints of steps that the run went back behind, to be removed
 */
record RunHistory(Optional<Checkpoint> newest, RunProgress progress, List<String> abandoned) {
  RunHistory {
    abandoned = List.copyOf(abandoned);
  }

  /**
   * Reads it; writes nothing.
   *
   * @param run the run's directory, which need not exist
   * @throws CheckpointException if it cannot be read
   */
  static RunHistory read(Path run, Configuration hadoop) {
    try {
      FileSystem fs = Storage.fileSystem(run, hadoop);
      List<Alarm> alarms = MetricsLog.alarms(fs, RunDirectory.metrics(run));
      int rollbacks = (int) alarms.stream().filter(Alarm::goesBack).count();
      CheckpointStore store = CheckpointStore.at(RunDirectory.checkpoints(run), hadoop);
      Optional<Checkpoint> found = store.newest();
      List<String> abandoned = new ArrayList<>();
      while (found.isPresent() && isAbandoned(found.get(), rollbacks)) {
        abandoned.add(found.get().name());
        found = store.newestBefore(found.get().name());
      }
      RunProgress progress =
          found.map(checkpoint -> checkpoint.state().run().progress()).orElse(RunProgress.NONE);
      return new RunHistory(found, progress.withRollbacks(rollbacks), abandoned);
    } catch (IOException e) {
      throw new CheckpointException(
          "The checkpoints of %s cannot be read: %s. Make them readable or choose another run id."
              .formatted(run, e.getMessage()),
          e);
    }
  }

  /** Guards take a run back to checkpoints that were written after they found nothing. */
  private static boolean isAbandoned(Checkpoint checkpoint, int rollbacks) {
    return !checkpoint.state().run().occasion().guarded()
        && checkpoint.state().run().progress().rollbacks() < rollbacks;
  }
}
