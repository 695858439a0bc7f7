package io.robusttrain.train;

import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code best/former.safetensors}: the best model as of the checkpoint that the run would go back
 * to, the newest one that guards look before, if they can take the run back. It is kept from the
 * moment when a later epoch beats it, for that epoch does not count once the run has gone back, and
 * only where no checkpoint holds it.
 */
final class FormerBest {
  private static final Logger LOG = LoggerFactory.getLogger(FormerBest.class);

  private final RunDirectory directory;
  private final CheckpointStore store;

  /** Absent until it is asked for or told. */
  private OptionalInt endedEpochs;

  /**
   * The former best model of a run directory.
   *
   * @param endedEpochs of the checkpoint that the run would go back to; absent: of the newest one
   *     that guards can take it back to
   */
  FormerBest(RunDirectory directory, CheckpointStore store, OptionalInt endedEpochs) {
    this.directory = directory;
    this.store = store;
    this.endedEpochs = endedEpochs;
  }

  /** Where the file is, if there is one. */
  Path path() {
    return new Path(directory.best().getParent(), "former.safetensors");
  }

  /** The scores of the file, if there is one, it is whole, and its epoch has ended. */
  Optional<Scores> scores(int completedEpochs) throws IOException {
    return scores(path()).filter(found -> found.epoch() < completedEpochs);
  }

  private Optional<Scores> scores(Path path) throws IOException {
    if (!Storage.exists(directory.fileSystem(), path)) {
      return Optional.empty();
    }
    try (ModelFile file = ModelFile.open(directory.fileSystem(), path)) {
      return file.card().scores();
    } catch (CheckpointException damaged) {
      LOG.warn("Does not count among the best models: {}", damaged.getMessage());
      return Optional.empty();
    }
  }

  /**
   * The best model is about to be replaced by that of a later epoch. If it is that one already,
   * because the storage replaced it and lost the answer, it was kept before.
   */
  void keep(Scores best) throws IOException {
    boolean needed =
        best.epoch() < endedEpochs()
            && !store.list().contains(CheckpointStore.name(best.epoch() + 1));
    if (needed && scores(directory.best()).equals(Optional.of(best))) {
      FileSystem fs = directory.fileSystem();
      try (InputStream in = Storage.read(fs, directory.best(), fs::open)) {
        directory.replace(path(), in::transferTo);
      }
    }
  }

  private int endedEpochs() throws IOException {
    if (endedEpochs.isEmpty()) {
      endedEpochs = OptionalInt.of(newestGuarded());
    }
    return endedEpochs.getAsInt();
  }

  private int newestGuarded() throws IOException {
    List<String> names = store.list();
    for (int i = names.size() - 1; i >= 0; i--) {
      try {
        TrainingState state = store.read(names.get(i)).state();
        if (state.run().occasion().guarded()) {
          return state.epoch();
        }
      } catch (CheckpointException damaged) {
        LOG.warn("Nothing goes back to it: {}", damaged.getMessage());
      }
    }
    return 0;
  }

  /** From now on the run goes back to a checkpoint after so many epochs, if it does. */
  void goesBackTo(int epochs, Optional<Scores> best) throws IOException {
    endedEpochs = OptionalInt.of(epochs);
    boolean countsThen = best.isPresent() && best.get().epoch() < epochs;
    if (countsThen && Storage.exists(directory.fileSystem(), path())) {
      directory.fence().requireHeld();
      directory.fileSystem().delete(path(), false);
    }
  }
}
