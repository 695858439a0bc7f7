package io.robusttrain.train;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.FileEntry;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code best/model.safetensors}: the weights with the highest FGSM accuracy so far, trained or
 * averaged.
 */
final class BestModel {
  private static final Logger LOG = LoggerFactory.getLogger(BestModel.class);

  private final RunDirectory directory;
  private final FormerBest former;
  private Optional<Scores> scores;

  private BestModel(RunDirectory directory, FormerBest former, Optional<Scores> scores) {
    this.directory = directory;
    this.former = former;
    this.scores = scores;
  }

  /**
   * The best model of a run directory. A file from a later epoch does not count, for that epoch is
   * about to be trained again; the best one before it takes its place, be it in a checkpoint or
   * {@linkplain FormerBest kept aside}.
   *
   * @param store the run's checkpoints
   * @param completedEpochs whose scores the run has
   * @param guarded whether guards can take the run back, behind what it goes on from, too
   * @param bringing writes the file of weights that a checkpoint has
   */
  static BestModel of(
      RunDirectory directory,
      CheckpointStore store,
      int completedEpochs,
      boolean guarded,
      Bringing bringing)
      throws IOException {
    FormerBest former =
        new FormerBest(
            directory, store, guarded ? OptionalInt.empty() : OptionalInt.of(completedEpochs));
    if (!Storage.exists(directory.fileSystem(), directory.best())) {
      return new BestModel(directory, former, Optional.empty());
    }
    try (ModelFile file = ModelFile.open(directory.fileSystem(), directory.best())) {
      Optional<Scores> scores = file.card().scores();
      if (scores.isPresent() && scores.get().epoch() < completedEpochs) {
        return new BestModel(directory, former, scores);
      }
    }
    Optional<Scores> aside = former.scores(completedEpochs);
    Optional<Stored> saved = bestOf(store, directory, completedEpochs);
    Optional<Scores> earlier = saved.map(Stored::scores);
    if (aside.isPresent() && (earlier.isEmpty() || isBefore(aside.get(), earlier.get()))) {
      earlier = aside;
      FileSystem fs = directory.fileSystem();
      try (InputStream in = Storage.read(fs, former.path(), fs::open)) {
        directory.replace(directory.best(), in::transferTo);
      }
    } else if (saved.isPresent()) {
      bringing.back(saved.get().checkpoint(), saved.get().scores(), directory);
    }
    return new BestModel(directory, former, earlier);
  }

  /** Makes weights of a checkpoint the best ones again. */
  @FunctionalInterface
  interface Bringing {
    /** Writes the file of the best model. */
    void back(Checkpoint checkpoint, Scores scores, RunDirectory directory) throws IOException;
  }

  /** Makes weights of a checkpoint the best ones as they are. */
  static void copy(Checkpoint checkpoint, Scores scores, RunDirectory directory)
      throws IOException {
    try (InputStream in = checkpoint.open(scores.weights().fileName())) {
      directory.replace(directory.best(), in::transferTo);
    }
  }

  /** Weights of a checkpoint and their scores, which name the file. */
  private record Stored(Checkpoint checkpoint, Scores scores) {}

  /** Whether these scores are selected where both were offered. */
  private static boolean isBefore(Scores one, Scores other) {
    return one.fgsmTop1() > other.fgsmTop1()
        || (one.fgsmTop1() == other.fgsmTop1() && one.epoch() < other.epoch());
  }

  /** The first weights with the highest FGSM accuracy, in the order in which they were offered. */
  private static Optional<Stored> bestOf(
      CheckpointStore store, RunDirectory directory, int completedEpochs) throws IOException {
    Optional<Stored> best = Optional.empty();
    for (String name : store.list()) {
      Optional<Checkpoint> whole = whole(store, name);
      for (Scores scores : whole.isPresent() ? scores(whole.get(), directory) : List.<Scores>of()) {
        if (scores.epoch() < completedEpochs
            && (best.isEmpty() || scores.fgsmTop1() > best.get().scores().fgsmTop1())) {
          best = Optional.of(new Stored(whole.get(), scores));
        }
      }
    }
    return best;
  }

  private static Optional<Checkpoint> whole(CheckpointStore store, String name) throws IOException {
    try {
      return Optional.of(store.read(name));
    } catch (CheckpointException damaged) {
      LOG.warn("Not looked at for the best model: {}", damaged.getMessage());
      return Optional.empty();
    }
  }

  /** Of all weights of a checkpoint that were validated. */
  private static List<Scores> scores(Checkpoint checkpoint, RunDirectory directory)
      throws IOException {
    List<Scores> all = new ArrayList<>();
    checkpoint.state().scores().ifPresent(all::add);
    List<String> files = checkpoint.files().stream().map(FileEntry::name).toList();
    for (WeightsKind kind : WeightsKind.values()) {
      if (kind != WeightsKind.RAW && files.contains(kind.fileName())) {
        Path path = new Path(checkpoint.path(), kind.fileName());
        try (ModelFile file = ModelFile.open(directory.fileSystem(), path)) {
          file.card().scores().ifPresent(all::add);
        }
      }
    }
    return all;
  }

  /** The scores of the best model, if there is one. */
  Optional<Scores> scores() {
    return scores;
  }

  /**
   * Keeps the weights if they beat the best; an equal score does not.
   *
   * @param look what they make of the validation split
   */
  void offer(Scores candidate, ModelCard card, List<NamedTensor> tensors, RunLook look)
      throws IOException {
    if (scores.isEmpty() || candidate.fgsmTop1() > scores.get().fgsmTop1()) {
      if (scores.isPresent()) {
        former.keep(scores.get());
      }
      ModelFile.write(directory.fileSystem(), directory.best(), directory.fence(), card, tensors);
      scores = Optional.of(candidate);
      byte[] text = look.toJson().toString().getBytes(StandardCharsets.UTF_8);
      directory.replace(RunDirectory.look(directory.path()), out -> out.write(text));
    }
  }

  /** A checkpoint that the run would go back to was written, after so many epochs. */
  void goesBackTo(int endedEpochs) throws IOException {
    former.goesBackTo(endedEpochs, scores);
  }
}
