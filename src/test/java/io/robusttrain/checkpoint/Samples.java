package io.robusttrain.checkpoint;

import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Small artefacts for the tests of this package. */
public final class Samples {
  static final ArchitectureCard ARCHITECTURE =
      ArchitectureCard.of(
          "xcit_nano_12_p16_224",
          Map.of("num_classes", 3, "drop_path", 0.1, "img_size", List.of(64, 64), "flag", true));
  static final Scores SCORES =
      new Scores(6, 1000, 4 / 255.0, 0.612, 1, 1 / 3.0, 0.9, WeightsKind.RAW);
  public static final ModelCard CARD =
      new ModelCard(
          ARCHITECTURE,
          new PreprocessingCard(
              List.of(3, 64, 64),
              "bicubic",
              0.95,
              List.of(0.485, 0.456, 0.406),
              List.of(0.229, 0.224, 0.225)),
          List.of("cat", "größe \"x\"", "dog"),
          Optional.of(SCORES),
          Provenance.of(Map.of("project", "0.1.0", "seed", "42")));

  private Samples() {}

  public static List<NamedTensor> tensors(float first) {
    return List.of(
        NamedTensor.floats("head.weight", List.of(3L, 1L), new float[] {first, 2, 3}),
        NamedTensor.longs("norm.num_batches_tracked", List.of(), 12));
  }

  /** Keeps the newest checkpoints only. */
  public static RetentionPolicy newest(int count) {
    return new RetentionPolicy(count, OptionalInt.empty());
  }

  public static TrainingState state(int epoch) {
    return new TrainingState(
        epoch,
        epoch * 10L,
        42,
        ARCHITECTURE,
        new RunState(
            Occasion.EPOCH,
            EpochSums.NONE,
            RunProgress.NONE,
            OptionalInt.of(10),
            Optional.empty(),
            2,
            1),
        Optional.of(SCORES),
        "seed = 42\n",
        CARD.provenance());
  }

  /** Writes weights and two optimiser slices that carry the epoch in their values. */
  public static void commit(CheckpointStore store, int epoch) throws IOException {
    try (CheckpointSession session = store.begin(CheckpointStore.name(epoch))) {
      try (OutputStream out = session.create(Checkpoint.MODEL)) {
        ModelFile.write(out, CARD, tensors(epoch));
      }
      for (int index = 0; index < 2; index++) {
        SliceRange range = new SliceRange(index, 2, index * 3L, 3 - index, 5);
        float[] values = new float[range.length()];
        for (int i = 0; i < values.length; i++) {
          values[i] = epoch + 0.1f * (range.offset() + i);
        }
        session.add(
            OptimizerSlices.write(
                session.location(), range, Map.of("exp_avg", values, "exp_avg_sq", values)));
      }
      session.commit(state(epoch));
    }
  }
}
