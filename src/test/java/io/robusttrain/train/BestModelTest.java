package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointSession;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.checkpoint.RunProgress;
import io.robusttrain.checkpoint.RunState;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Fence;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BestModelTest {
  @TempDir private Path folder;

  private RunDirectory directory;
  private CheckpointStore store;

  @BeforeEach
  void open() {
    directory = open(new Configuration(), folder);
    store = new CheckpointStore(directory.fileSystem(), directory.checkpoints());
  }

  private static RunDirectory open(Configuration conf, Path root) {
    return RunDirectory.open(
        new org.apache.hadoop.fs.Path(root.toUri()), "run", conf, "", Map.of(), Fence.none());
  }

  @Test
  void keepsTheFirstOfEqualScores() throws IOException {
    BestModel best = best(0);
    assertThat(best.scores()).isEmpty();
    offer(best, 0, 0.3);
    offer(best, 1, 0.3);
    offer(best, 2, 0.2);
    assertThat(best.scores()).contains(scores(0, 0.3));
    assertThat(best(3).scores()).contains(scores(0, 0.3));
    assertThat(stored()).isEqualTo(0f);
  }

  @Test
  void fallsBackToTheBestCheckpointWhenItsEpochIsTrainedAgain() throws IOException {
    BestModel best = best(0);
    for (int epoch = 0; epoch < 3; epoch++) {
      double fgsm = epoch == 1 ? 0.3 : 0.2;
      offer(best, epoch, fgsm);
      checkpoint(epoch, fgsm);
    }
    offer(best, 3, 0.5);
    assertThat(stored()).isEqualTo(3f);

    BestModel continued = best(3);
    assertThat(continued.scores()).contains(scores(1, 0.3));
    assertThat(stored()).isEqualTo(1f);
    offer(continued, 3, 0.25);
    assertThat(stored()).isEqualTo(1f);
    // Without a checkpoint to fall back to, there is no best model yet.
    assertThat(best(0).scores()).isEmpty();
  }

  /** Every epoch is validated, every third one saved; guards take the run back. */
  @Test
  void keepsTheBestThatNoCheckpointHoldsUntilTheRunCannotGoBackBehindIt() throws IOException {
    Path former = folder.resolve("run/best/former.safetensors");
    BestModel best = best(0);
    offer(best, 0, 0.2);
    offer(best, 1, 0.3);
    offer(best, 2, 0.1);
    checkpoint(2, 0.1);
    best.goesBackTo(3);
    offer(best, 3, 0.4);
    offer(best, 4, 0.5);
    assertThat(stored()).isEqualTo(4f);
    assertThat(former).exists();

    BestModel back = best(3);
    assertThat(back.scores()).contains(scores(1, 0.3));
    assertThat(stored()).isEqualTo(1f);
    offer(back, 3, 0.35);
    offer(back, 4, 0.1);
    offer(back, 5, 0.1);
    checkpoint(5, 0.1);
    back.goesBackTo(6);
    assertThat(former).as("not needed any more").doesNotExist();
    assertThat(best(6).scores()).contains(scores(3, 0.35));
  }

  @Test
  void whatACheckpointHoldsIsNotKeptTwice() throws IOException {
    BestModel best = best(0);
    offer(best, 0, 0.2);
    checkpoint(0, 0.2);
    best.goesBackTo(1);
    offer(best, 1, 0.3);
    assertThat(folder.resolve("run/best/former.safetensors")).doesNotExist();
    assertThat(best(1).scores()).contains(scores(0, 0.2));
  }

  /** It goes on from a checkpoint by time, and a guard takes it back behind that. */
  @Test
  void whatGuardsGoBackToCountsAndNotWhatTheRunGoesOnFrom() throws IOException {
    offerBestOfThreeAndSaveTheLast();
    offer(best(3), 3, 0.4);
    checkpoint(4, 0.1, Occasion.TIME);
    offer(best(4), 4, 0.5);
    assertThat(best(3).scores()).contains(scores(1, 0.3));
    assertThat(stored()).isEqualTo(1f);
  }

  /** Where no guard takes it back, it may still be lost, and go on from any checkpoint. */
  @Test
  void withoutGuardsWhatTheRunGoesOnFromCounts() throws IOException {
    offerBestOfThreeAndSaveTheLast();
    offer(best(3), 3, 0.4);
    checkpoint(4, 0.1, Occasion.TIME);
    offer(BestModel.of(directory, store, 4, false, BestModel::copy), 4, 0.5);
    assertThat(BestModel.of(directory, store, 4, false, BestModel::copy).scores())
        .contains(scores(3, 0.4));
  }

  /** The storage takes the new best, is away before it says so, and is offered it again. */
  @Test
  void anOfferThatIsRepeatedKeepsTheFormerBest() throws IOException {
    directory = open(AwayFileSystem.settings(), folder.resolve("runs"));
    store = new CheckpointStore(directory.fileSystem(), directory.checkpoints());
    BestModel best = offerBestOfThreeAndSaveTheLast();
    AwayFileSystem.goAwayAfter("best/model.safetensors");
    assertThatThrownBy(() -> offer(best, 3, 0.4)).hasMessageContaining("Connection refused");
    AwayFileSystem.comeBack();
    offer(best, 3, 0.4);
    assertThat(best(3).scores()).contains(scores(1, 0.3));
  }

  @Test
  void aDamagedFormerBestDoesNotCount() throws IOException {
    offerBestOfThreeAndSaveTheLast();
    offer(best(3), 3, 0.4);
    Files.write(folder.resolve("run/best/former.safetensors"), new byte[20]);
    assertThat(best(3).scores()).contains(scores(2, 0.1));
  }

  private BestModel offerBestOfThreeAndSaveTheLast() throws IOException {
    BestModel best = best(0);
    offer(best, 0, 0.2);
    offer(best, 1, 0.3);
    offer(best, 2, 0.1);
    checkpoint(2, 0.1);
    best.goesBackTo(3);
    return best;
  }

  /** Of a run that goes on after so many epochs, and that guards can take back. */
  private BestModel best(int completedEpochs) throws IOException {
    return BestModel.of(directory, store, completedEpochs, true, BestModel::copy);
  }

  private void checkpoint(int epoch, double fgsm) throws IOException {
    checkpoint(epoch, fgsm, Occasion.EPOCH);
  }

  private void checkpoint(int epoch, double fgsm, Occasion occasion) throws IOException {
    try (CheckpointSession session = store.begin(CheckpointStore.name(epoch + 1))) {
      try (OutputStream out = session.create(Checkpoint.MODEL)) {
        ModelFile.write(out, card(scores(epoch, fgsm)), tensors(epoch));
      }
      session.commit(
          new TrainingState(
              epoch + 1,
              epoch + 1L,
              1,
              ArchitectureCard.of("toy", Map.of()),
              new RunState(
                  occasion,
                  EpochSums.NONE,
                  RunProgress.NONE,
                  OptionalInt.of(1),
                  Optional.empty(),
                  1,
                  1),
              Optional.of(scores(epoch, fgsm)),
              "",
              Provenance.of(Map.of())));
    }
  }

  private static void offer(BestModel best, int epoch, double fgsm) throws IOException {
    best.offer(scores(epoch, fgsm), card(scores(epoch, fgsm)), tensors(epoch), look(epoch));
  }

  private float stored() throws IOException {
    try (ModelFile file = ModelFile.open(directory.fileSystem(), directory.best())) {
      return file.tensors().floats("weight")[0];
    }
  }

  private static Scores scores(int epoch, double fgsm) {
    return new Scores(epoch, 10, 4 / 255.0, 0.5, 1, fgsm, 1, WeightsKind.RAW);
  }

  private static List<NamedTensor> tensors(int epoch) {
    return List.of(NamedTensor.floats("weight", List.of(1L), new float[] {epoch}, 0));
  }

  private static ModelCard card(Scores scores) {
    return new ModelCard(
        ArchitectureCard.of("toy", Map.of()),
        new PreprocessingCard(
            List.of(3, 8, 8), "bicubic", 1, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0)),
        List.of("a", "b"),
        Optional.of(scores),
        Provenance.of(Map.of()));
  }

  private static RunLook look(int epoch) {
    return new RunLook(epoch, "raw", List.of(), List.of(), List.of());
  }
}
