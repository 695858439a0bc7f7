package io.robusttrain.train.worker;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.NativeRuntime;
import java.util.Locale;

/**
 * A process that trains and prints what it holds: {@code step, live native handles, resident
 * bytes}, a line every {@code every} steps. In a process of its own, because the resident memory of
 * one that runs other tests tells nothing.
 */
public final class SoakRun {
  static final int BATCH = 4;

  private SoakRun() {}

  /** Arguments: the number of steps, and after how many a line is printed. */
  public static void main(String[] args) {
    int steps = Integer.parseInt(args[0]);
    int every = Integer.parseInt(args[1]);
    Architecture architecture =
        ModelRegistry.create(
            "xcit_small_12_p4_32",
            ModelOptions.none()
                .with("embed_dim", 16)
                .with("depth", 2)
                .with("num_heads", 2)
                .withDropPathRate(0.1)
                .withNumClasses(10));
    // Two micro-batches a step, so that accumulation is in the loop.
    SyntheticTraining training =
        new SyntheticTraining(architecture, BATCH, BATCH / 2, ThreadPlan.oneReplica(1), 7);
    FloatSlice weights = FloatSlice.of(training.initialWeights());
    FloatSlice gradients = FloatSlice.of(new float[weights.length()]);
    try (Worker worker = training.workerFactory().create(new WorkerPlace(0, 1, 1))) {
      for (int step = 0; step < steps; step++) {
        worker.load(step);
        double loss = worker.compute(step, 0, weights, gradients);
        worker.update(step, 0, weights, gradients);
        worker.takeReport();
        if (!Double.isFinite(loss)) {
          throw new IllegalStateException("step " + step + ": loss " + loss);
        }
        if ((step + 1) % every == 0) {
          System.out.printf(
              Locale.ROOT,
              "%d %d %d%n",
              step + 1,
              NativeRuntime.liveHandles(),
              NativeRuntime.residentBytes());
        }
      }
    }
  }
}
