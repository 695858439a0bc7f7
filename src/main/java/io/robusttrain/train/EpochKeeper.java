package io.robusttrain.train;

import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.run.KeptEpochs;
import io.robusttrain.run.RunDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Keeps the trained weights of the epochs of {@code train.keep-epochs} in the run directory, for
 * analyses of how a run came to be. Nothing removes them but a start that goes on from before their
 * epoch, which is about to be trained again.
 */
final class EpochKeeper {
  private final RunFiles files;
  private final RunDirectory directory;
  private final RunOutputs outputs;

  EpochKeeper(RunFiles files, RunDirectory directory, RunOutputs outputs) {
    this.files = files;
    this.directory = directory;
    this.outputs = outputs;
  }

  /**
   * Removes what a run has kept of epochs that it is about to train again.
   *
   * @param completedEpochs of the run
   */
  static void forgetAfter(int completedEpochs, RunDirectory directory) throws IOException {
    FileSystem fs = directory.fileSystem();
    KeptEpochs kept = KeptEpochs.of(directory.path(), fs.getConf());
    for (int epochs : kept.epochs()) {
      if (epochs > completedEpochs) {
        directory.fence().requireHeld();
        fs.delete(kept.file(epochs), false);
      }
    }
  }

  /** Keeps the weights of a pause, if its epoch is one of those. */
  void keepIfWanted(Pause pause) throws IOException {
    int epochs = pause.epoch() + 1;
    List<Integer> wanted =
        files.plan().config().train().keepEpochs().toOptional().orElse(List.of());
    if (!pause.endsWholeEpoch() || !wanted.contains(epochs)) {
      return;
    }
    Path file = KeptEpochs.file(directory.path(), epochs);
    try {
      outputs.patiently(
          () -> {
            directory.fileSystem().mkdirs(file.getParent());
            ModelFile.write(
                directory.fileSystem(),
                file,
                directory.fence(),
                files.validatedCard(Optional.ofNullable(pause.scores().get(WeightsKind.RAW))),
                files.validatedTensors(files.validated(pause.raw()), pause.completedSteps()));
            return file;
          });
    } catch (IOException | FSError failed) {
      throw new IOException(
          "the weights of epoch %d cannot be kept (%s): make room or make it writable, and submit the run id again to go on from its newest checkpoint"
              .formatted(epochs, failed.getMessage()),
          failed);
    }
  }
}
