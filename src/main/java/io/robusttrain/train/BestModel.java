package io.robusttrain.train;

import io.robusttrain.checkpoint.ModelCard;
import io.robusttrain.checkpoint.ModelFile;
import io.robusttrain.checkpoint.NamedTensor;
import io.robusttrain.checkpoint.Scores;
import io.robusttrain.report.RunDirectory;
import java.io.IOException;
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
   * The best model of a run directory.
   *
   * @param completedEpochs a file from a later epoch is not counted: its epoch is about to be
   *     trained again
   */
  static BestModel of(RunDirectory directory, int completedEpochs) throws IOException {
    Optional<Scores> scores = Optional.empty();
    if (directory.fileSystem().exists(directory.best())) {
      try (ModelFile file = ModelFile.open(directory.fileSystem(), directory.best())) {
        scores = file.card().scores().filter(found -> found.epoch() < completedEpochs);
      }
    }
    return new BestModel(directory, scores);
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
