package io.robusttrain.train;

import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * {@code best/former.safetensors}: the best model as of the newest checkpoint that guards can take
 * the run back to. It is kept from the moment when a later epoch beats it, for that epoch does not
 * count once the run has gone back, and only where no checkpoint holds it.
 */
final class FormerBest {
  private final RunDirectory directory;
  private final CheckpointStore store;
  private int endedEpochs;

  /**
   * The former best model of a run directory.
   *
   * @param endedEpochs of the checkpoint that the run goes on from
   */
  FormerBest(RunDirectory directory, CheckpointStore store, int endedEpochs) {
    this.directory = directory;
    this.store = store;
    this.endedEpochs = endedEpochs;
  }

  /** Where the file is, if there is one. */
  Path path() {
    return new Path(directory.best().getParent(), "former.safetensors");
  }

  /** The scores of the file, if there is one and its epoch has ended. */
  Optional<Scores> scores() throws IOException {
    if (!Storage.exists(directory.fileSystem(), path())) {
      return Optional.empty();
    }
    try (ModelFile file = ModelFile.open(directory.fileSystem(), path())) {
      return file.card().scores().filter(found -> found.epoch() < endedEpochs);
    }
  }

  /** The best model is about to be replaced by that of a later epoch. */
  void keep(Scores best) throws IOException {
    boolean needed = best.epoch() < endedEpochs;
    if (needed && !store.list().contains(CheckpointStore.name(best.epoch() + 1))) {
      FileSystem fs = directory.fileSystem();
      try (InputStream in = Storage.read(fs, directory.best(), fs::open)) {
        directory.replace(path(), in::transferTo);
      }
    }
  }

  /** From now on the run goes back to a checkpoint after so many epochs, if it does. */
  void goesBackTo(int epochs, Optional<Scores> best) throws IOException {
    endedEpochs = epochs;
    boolean countsThen = best.isPresent() && best.get().epoch() < epochs;
    if (countsThen && Storage.exists(directory.fileSystem(), path())) {
      directory.fence().requireHeld();
      directory.fileSystem().delete(path(), false);
    }
  }
}
