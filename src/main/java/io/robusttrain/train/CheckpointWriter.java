package io.robusttrain.train;

import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RetentionPolicy;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.config.CheckpointConfig;
import io.robusttrain.report.Alarm;
import io.robusttrain.train.resume.Checkpoints;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the checkpoints of a run, each after the metrics that lead to it, and removes old ones. A
 * checkpoint that cannot be written is an alarm and tried again; the last one of a stage must be
 * written. Used by the driver's thread.
 */
final class CheckpointWriter {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);

  private final RunFiles files;
  private final Checkpoints checkpoints;
  private final CheckpointStore store;
  private final CheckpointCadence cadence;
  private final RunOutputs outputs;
  private final Guards guards;
  private final BestModel best;
  private final Deque<String> unguarded = new ArrayDeque<>();
  private Optional<StoppedException> stopped = Optional.empty();
  private long savedSteps = -1;

  /** The checkpoint of a pause before its validation, until a later one is written. */
  private Optional<String> first = Optional.empty();

  CheckpointWriter(
      RunFiles files,
      Checkpoints checkpoints,
      CheckpointStore store,
      CheckpointCadence cadence,
      RunOutputs outputs,
      Guards guards,
      BestModel best) {
    this.files = files;
    this.checkpoints = checkpoints;
    this.store = store;
    this.cadence = cadence;
    this.outputs = outputs;
    this.guards = guards;
    this.best = best;
  }

  /** Why a checkpoint is due after so many steps, ends of epochs aside. */
  Optional<Occasion> dueAfter(long completedSteps) {
    if (outputs.isStorageAway()) {
      cadence.retriesSoon();
    }
    return cadence.dueAfter(completedSteps);
  }

  /** Whether the run shall end with the next checkpoint. */
  boolean stopRequested() {
    return cadence.stopRequested();
  }

  /** With what the run ended because it was asked to, if it was. */
  Optional<StoppedException> stopped() {
    return stopped;
  }

  /** Whether the newest checkpoint holds everything that the run has done by this pause. */
  boolean saved(Pause pause) {
    return savedSteps == pause.completedSteps();
  }

  /**
   * Saves the run before a validation. Where there is little time it leaves the pause, unless a
   * checkpoint is due that guards look at before: an epoch that this step ends is ended by the run
   * that goes on.
   */
  void saveFirst(Pause pause) throws IOException {
    if (pause.leaving() && (pause.endsEpoch() || !pause.guarded())) {
      pause.leave();
    } else if (pause.savesFirst()) {
      write(pause, Occasion.STOP).ifPresent(pause::saved);
    }
    if (pause.endsEpoch() && pause.saved().isPresent()) {
      discardFirst(pause.saved().get());
      first = pause.saved();
    }
  }

  /**
   * Saves a pause of which the rest is left, unless it is saved already.
   *
   * @throws IOException if the run was asked to end and the checkpoint cannot be written
   */
  void saveLeft(Pause pause) throws IOException {
    if (pause.saved().isEmpty()) {
      save(pause, Occasion.STOP);
    } else if (cadence.stopRequested()) {
      stopped = pause.saved().map(name -> new StoppedException(name, pause.completedSteps()));
    }
  }

  /**
   * Saves the run where a checkpoint is due, or says that it could not.
   *
   * @throws IOException if the run's last checkpoint cannot be written
   */
  void saveIfDue(Pause pause) throws IOException {
    if (pause.occasion().isPresent()) {
      save(pause, pause.occasion().get());
    }
  }

  private void save(Pause pause, Occasion occasion) throws IOException {
    Optional<String> name = write(pause, occasion);
    if (name.isPresent()) {
      savedSteps = pause.completedSteps();
      tidy(pause, name.get(), occasion);
    }
    if (cadence.stopRequested()) {
      stopped = name.map(found -> new StoppedException(found, pause.completedSteps()));
    }
  }

  /** Once a checkpoint is there: what it takes the place of. */
  private void tidy(Pause pause, String name, Occasion occasion) {
    try {
      discardFirst(name);
      if (isGoneBackTo(occasion)) {
        best.goesBackTo(pause.endedEpochs());
      }
      retain(name, occasion);
    } catch (IOException failed) {
      // The checkpoint is there; the next one removes what is too many.
      LOG.warn("Old checkpoints could not be removed and stay for now: {}", failed.getMessage());
    }
  }

  /**
   * Discards the checkpoint of this pause before its validation: a run that goes on from what a
   * guard has stopped would be stopped again, whatever was changed.
   */
  void discardAfter(Pause pause, GuardException stopped) {
    try {
      if (first.isPresent() && first.equals(pause.saved())) {
        discardFirst("");
      }
    } catch (IOException failed) {
      stopped.addSuppressed(failed);
    }
  }

  /** A later checkpoint than that of a pause before its validation is there. */
  private void discardFirst(String later) throws IOException {
    if (first.isPresent() && !first.get().equals(later)) {
      store.discard(first.get());
    }
    first = Optional.empty();
  }

  /** Writes a checkpoint, or says that it could not; the answer is its name, if it was written. */
  private Optional<String> write(Pause pause, Occasion occasion) throws IOException {
    EpochSums sums = pause.sums().orElseGet(outputs::sums);
    TrainingState state = files.state(pause, occasion, sums, guards.progress(pause, occasion));
    cadence.begin();
    try {
      if (pause.completedSteps() == files.plan().endStep()) {
        writeLast(pause, state);
      } else {
        write(pause, state);
      }
    } catch (IOException failed) {
      failed(pause, failed);
      return Optional.empty();
    }
    cadence.written();
    outputs.noticeBack();
    return Optional.of(checkpoints.name(state));
  }

  private TrainingState write(Pause pause, TrainingState state) throws IOException {
    outputs.sync();
    checkpoints.write(pause.weights(), cards(pause), state);
    return state;
  }

  /** Again and again while the storage is away, which may have taken it and lost the answer. */
  private void writeLast(Pause pause, TrainingState state) throws IOException {
    boolean[] tried = new boolean[1];
    outputs.patiently(
        () -> {
          if (tried[0] && checkpoints.holds(state)) {
            return state;
          }
          tried[0] = true;
          return write(pause, state);
        });
  }

  private Map<WeightsKind, ModelCard> cards(Pause pause) {
    Map<WeightsKind, ModelCard> cards = new EnumMap<>(WeightsKind.class);
    for (WeightsKind kind : pause.weights().keySet()) {
      cards.put(kind, files.card(Optional.ofNullable(pause.scores().get(kind))));
    }
    return cards;
  }

  private void failed(Pause pause, IOException failed) throws IOException {
    long steps = pause.completedSteps();
    if (cadence.stopRequested() || steps == files.plan().endStep()) {
      throw new IOException(
          "the last checkpoint, after step %d, cannot be written (%s): make room or make it writable, and submit the run id again to go on from the checkpoint before"
              .formatted(steps, failed.getMessage()),
          failed);
    }
    cadence.failed();
    outputs.noticeAway(failed);
    outputs.alarm(
        new Alarm(
            pause.step(),
            pause.epoch(),
            Alarm.Kind.CHECKPOINT_FAILED,
            Alarm.Response.WARNED,
            "no checkpoint after step %d (%s): the run goes on and tries again within a minute; make room or make it writable"
                .formatted(steps, failed.getMessage()),
            Map.of()));
  }

  /** Whether this run, if it goes back, goes back to a checkpoint like this. */
  private boolean isGoneBackTo(Occasion occasion) {
    return occasion.guarded() || !Guards.canGoBack(files.plan().config().guard());
  }

  /**
   * Where guards can take the run back, what they would take it back to stays: of the others, as
   * many are kept as of all otherwise.
   */
  private void retain(String name, Occasion occasion) throws IOException {
    CheckpointConfig config = files.plan().config().checkpoint();
    if (isGoneBackTo(occasion)) {
      RetentionPolicy policy =
          new RetentionPolicy(
              config.keep(),
              config.keepEvery().toOptional().map(OptionalInt::of).orElse(OptionalInt.empty()));
      store.retain(
          policy, best.scores().map(Scores::epoch).map(epoch -> CheckpointStore.name(epoch + 1)));
      return;
    }
    unguarded.add(name);
    while (unguarded.size() > config.keep()) {
      store.discard(unguarded.remove());
    }
  }
}
