package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.run.KeptEpochs;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Fence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train.keep-epochs}. */
@Tag("slow")
class EpochKeeperTest {
  @TempDir private Path folder;

  private static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  @Test
  void keptWeightsAreThoseOfTheEpochsCheckpointAndOutliveIt() throws IOException {
    TinyRun.drawImages(folder);
    TinyRun all = TinyRun.of(folder, "train.keep-epochs=[1]", "eps-schedule.type=constant");
    all.train("all");
    Path kept = all.directory("all").resolve("epochs/epoch-0001.safetensors");
    assertThat(kept)
        .hasSameBinaryContentAs(
            all.directory("all").resolve("checkpoints/epoch-0001/model.safetensors"));
    assertThat(all.directory("all").resolve("epochs/epoch-0002.safetensors")).doesNotExist();
    try (ModelFile file =
        ModelFile.open(hadoop(kept).getFileSystem(new Configuration()), hadoop(kept))) {
      assertThat(file.card().scores())
          .hasValueSatisfying(
              scores -> {
                assertThat(scores.epoch()).isZero();
                assertThat(scores.weights()).isEqualTo(WeightsKind.RAW);
              });
    }
    TinyRun few = TinyRun.of(folder, "train.keep-epochs=[1]", "checkpoint.every=2");
    few.train("few");
    assertThat(few.checkpoints("few")).containsExactly("epoch-0002");
    assertThat(KeptEpochs.of(hadoop(few.directory("few")), new Configuration()).epochs())
        .containsExactly(1);
  }

  @Test
  void whatIsTrainedAgainIsForgotten() throws IOException {
    RunDirectory directory =
        RunDirectory.open(hadoop(folder), "run", new Configuration(), "", Map.of(), Fence.none());
    Path epochs = Files.createDirectories(folder.resolve("run/epochs"));
    for (int epoch : new int[] {2, 10, 12}) {
      Files.writeString(epochs.resolve("epoch-%04d.safetensors".formatted(epoch)), "weights");
    }
    EpochKeeper.forgetAfter(10, directory);
    KeptEpochs kept = KeptEpochs.of(directory.path(), new Configuration());
    assertThat(kept.epochs()).containsExactly(2, 10);
    assertThat(kept.file(10)).isEqualTo(KeptEpochs.file(directory.path(), 10));
  }
}
