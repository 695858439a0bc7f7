package io.robusttrain.train;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.ModelFile;
import io.robusttrain.checkpoint.NamedTensor;
import io.robusttrain.checkpoint.Scores;
import io.robusttrain.checkpoint.Storage;
import io.robusttrain.report.RunDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** {@code best/model.safetensors}: the weights with the highest FGSM accuracy so far. */
final class BestModel {
  private final RunDirectory directory;
  private Optional<Scores> scores;

  private BestModel(RunDirectory directory, Optional<Scores> scores) {
    this.directory = directory;
    this.scores = scores;
  }

  /**
   * The best model of a run directory. A file from a later epoch does not count, for that epoch is
   * about to be trained again; the best checkpoint before it takes its place.
   *
   * @param store the run's checkpoints
   * @param completedEpochs of the checkpoint that is continued
   */
  static BestModel of(RunDirectory directory, CheckpointStore store, int completedEpochs)
      throws IOException {
    if (!directory.fileSystem().exists(directory.best())) {
      return new BestModel(directory, Optional.empty());
    }
    try (ModelFile file = ModelFile.open(directory.fileSystem(), directory.best())) {
      Optional<Scores> scores = file.card().scores();
      if (scores.isPresent() && scores.get().epoch() < completedEpochs) {
        return new BestModel(directory, scores);
      }
    }
    Optional<Checkpoint> earlier = bestOf(store, completedEpochs);
    if (earlier.isPresent()) {
      try (InputStream in = earlier.get().open(Checkpoint.MODEL)) {
        Storage.replace(directory.fileSystem(), directory.best(), in::transferTo);
      }
    }
    return new BestModel(directory, earlier.flatMap(found -> found.state().scores()));
  }

  /** The first checkpoint with the highest FGSM accuracy. */
  private static Optional<Checkpoint> bestOf(CheckpointStore store, int completedEpochs)
      throws IOException {
    Optional<Checkpoint> best = Optional.empty();
    double highest = -1;
    for (String name : store.list()) {
      Checkpoint checkpoint = store.read(name);
      Optional<Scores> scores = checkpoint.state().scores();
      if (scores.isPresent()
          && scores.get().epoch() < completedEpochs
          && scores.get().fgsmTop1() > highest) {
        best = Optional.of(checkpoint);
        highest = scores.get().fgsmTop1();
      }
    }
    return best;
  }

  /** The scores of the best model, if there is one. */
  Optional<Scores> scores() {
    return scores;
  }

  /** Keeps the weights if they beat the best; an equal score does not. */
  void offer(Scores candidate, ModelCard card, List<NamedTensor> tensors) throws IOException {
    if (scores.isEmpty() || candidate.fgsmTop1() > scores.get().fgsmTop1()) {
      ModelFile.write(directory.fileSystem(), directory.best(), card, tensors);
      scores = Optional.of(candidate);
    }
  }
}
