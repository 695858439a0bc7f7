package io.robusttrain.train.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.SliceRange;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.storage.CountedOpens;
import io.robusttrain.train.TinyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files of a checkpoint are opened how often when other workers go on from it. */
class RestoreOpensTest {
  @TempDir private static Path folder;
  private static SavedByMany saved;
  private static final Map<Integer, Checkpoint> CHECKPOINTS = new HashMap<>();

  /** Sixteen lanes, so that sixteen workers have one each; AdamW and an average: three vectors. */
  @BeforeAll
  static void save() throws IOException {
    TinyRun.drawImages(folder);
    saved =
        new SavedByMany(
            TinyRun.of(folder, "train.micro-batch=1", "model-ema.decay=0.99")
                .plan("many", CountedOpens.settings()),
            folder);
    assertThat(saved.names()).hasSize(3);
    for (int workers : new int[] {4, 16}) {
      CHECKPOINTS.put(workers, saved.save(workers));
    }
  }

  @ParameterizedTest(name = "{0} workers wrote it, {1} read it")
  @CsvSource({
    "4,1", "4,2", "4,3", "4,4", "4,5", "4,8", "4,16", "16,1", "16,3", "16,4", "16,8", "16,16"
  })
  void eachWorkerOpensTheFilesThatItNeedsOnce(int before, int after) throws IOException {
    SavedByMany.Restored restored = saved.restore(CHECKPOINTS.get(before), after);
    assertThat(restored.opens()).isEqualTo(needed(before, after));
    assertThat(restored.vectors()).containsOnlyKeys(saved.names());
    restored
        .vectors()
        .forEach((name, values) -> assertThat(values).as(name).isEqualTo(saved.vector(name)));
    int share = saved.lanes() / after;
    assertThat(restored.memories()).hasSize(share * after);
    restored.memories().forEach((lane, values) -> assertThat(values).isEqualTo(saved.memory(lane)));
  }

  /** For each file of the old workers, the new workers that own a part of what it holds. */
  private static Map<String, Integer> needed(int before, int after) {
    int size = saved.size();
    Map<String, Integer> opens = new TreeMap<>();
    for (int old = 0; old < before; old++) {
      WorkerPlace writer = new WorkerPlace(old, before, 1);
      int start = writer.sliceStart(size);
      int length = writer.sliceLength(size);
      String slice = new SliceRange(old, before, start, length, size).fileName();
      String memory = slice.replace("slice-", "memory-");
      for (int young = 0; young < after; young++) {
        WorkerPlace reader = new WorkerPlace(young, after, 1);
        int from = reader.sliceStart(size);
        if (from < start + length && start < from + reader.sliceLength(size)) {
          opens.merge(slice, 1, Integer::sum);
        }
        int share = saved.lanes() / after;
        int lanes = saved.lanes() / before;
        if (young * share < (old + 1) * lanes && old * lanes < (young + 1) * share) {
          opens.merge(memory, 1, Integer::sum);
        }
      }
    }
    return opens;
  }
}
