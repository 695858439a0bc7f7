package io.robusttrain.scale;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.storage.CountedOpens;
import io.robusttrain.train.TinyRun;
import io.robusttrain.train.plan.MemoryPlan;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.plan.RunPlanner;
import io.robusttrain.train.resume.SavedByMany;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * Lets workers of one process, which compute nothing, write a checkpoint and go on from it, and
 * prints for each number of workers: opens by the driver, by the workers, by the workers if there
 * are 3/4 as many now; the heaps that are planned for a model of 86 million parameters, in bytes,
 * of an executor and of the driver. AdamW with an average: three vectors of state.
 */
public final class RestoreScale {
  private static final String MODEL = "model.name=deit_base_patch16_224";
  private static final long LARGE = 1L << 50;

  private RestoreScale() {}

  /** Arguments: numbers of workers, powers of two. */
  public static void main(String[] args) throws IOException {
    int[] sizes = Arrays.stream(args).mapToInt(Integer::parseInt).toArray();
    int most = Arrays.stream(sizes).max().orElseThrow();
    Path folder = Files.createTempDirectory("robusttrain-scale");
    try {
      DrawnImages.draw(folder.resolve("data"), 32, Math.max(32, 2 * most), 16, 64);
      String batch = "train.global-batch=" + most;
      TinyRun run = TinyRun.of(folder, batch, "train.micro-batch=1", "model-ema.decay=0.99");
      SavedByMany saved = new SavedByMany(run.plan("scale", CountedOpens.settings()), folder);
      for (int workers : sizes) {
        CountedOpens.take();
        Checkpoint checkpoint = saved.save(workers);
        CountedOpens.take();
        saved.newest(workers);
        int driver = opens(CountedOpens.take());
        int same = opens(saved.restore(checkpoint, workers).opens());
        int fewer = opens(saved.restore(checkpoint, 3 * workers / 4).opens());
        MemoryPlan memory = plan(folder, workers, batch).memory();
        System.out.printf(
            "restore %d %d %d %d %d %d%n",
            workers, driver, same, fewer, memory.heapBytes(), memory.driverBytes());
      }
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  private static int opens(Map<String, Integer> files) {
    return files.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static RunPlan plan(Path folder, int executors, String batch) {
    return new RunPlanner(
            ConfigLoader.load(
                List.of(),
                List.of(
                    "data.path=" + folder.resolve("data"),
                    MODEL,
                    batch,
                    "train.micro-batch=1",
                    "model-ema.decay=0.99")),
            new Configuration(),
            new RunPlan.Topology(executors, 1, LARGE, LARGE))
        .plan();
  }
}
