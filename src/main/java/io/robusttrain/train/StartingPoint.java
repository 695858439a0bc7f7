package io.robusttrain.train;

import io.robusttrain.checkpoint.Checkpoint;
import io.robusttrain.checkpoint.CheckpointException;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.checkpoint.ModelFile;
import io.robusttrain.checkpoint.SafetensorsFile;
import io.robusttrain.checkpoint.Storage;
import io.robusttrain.checkpoint.TrainingState;
import io.robusttrain.config.ConfigException;
import io.robusttrain.config.Problem;
import io.robusttrain.report.RunDirectory;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What a run starts from: its newest checkpoint, the file of {@code model.initial-checkpoint}, or
 * random weights. Found and checked against the plan before anything is written or started.
 */
public final class StartingPoint {
  private final RunPlan plan;
  private final Optional<Checkpoint> checkpoint;
  private final Optional<float[]> stored;

  private StartingPoint(RunPlan plan, Optional<Checkpoint> checkpoint, Optional<float[]> stored) {
    this.plan = plan;
    this.checkpoint = checkpoint;
    this.stored = stored;
  }

  /**
   * Looks for a checkpoint of the run, then for an initial file. Writes nothing.
   *
   * @param plan checked
   * @param run the run's directory, which need not exist
   * @param hadoop names the file systems
   * @throws CheckpointException if what is there does not fit the plan
   * @throws ConfigException if the initial file cannot be read
   */
  public static StartingPoint find(RunPlan plan, Path run, Configuration hadoop) {
    Optional<Checkpoint> newest = newest(run, hadoop);
    if (newest.isPresent()) {
      requireSamePlan(plan, newest.get(), run);
      return new StartingPoint(plan, newest, Optional.of(weights(plan, newest.get())));
    }
    Optional<float[]> initial =
        plan.config()
            .model()
            .initialCheckpoint()
            .toOptional()
            .map(file -> initialWeights(plan, file, hadoop));
    return new StartingPoint(plan, Optional.empty(), initial);
  }

  /** The checkpoint that is continued, if one is. */
  Optional<Checkpoint> checkpoint() {
    return checkpoint;
  }

  /** The flat vector (P) of the first step; random weights follow from the run's seed. */
  float[] weights() {
    return stored.orElseGet(this::randomWeights);
  }

  /** Optimiser steps that are done already. */
  long firstStep() {
    return checkpoint.map(found -> found.state().step()).orElse(0L);
  }

  private static Optional<Checkpoint> newest(Path run, Configuration hadoop) {
    try {
      return CheckpointStore.at(RunDirectory.checkpoints(run), hadoop).newest();
    } catch (IOException e) {
      throw new CheckpointException(
          "The checkpoints of %s cannot be read: %s. Make them readable or choose another run id."
              .formatted(run, e.getMessage()),
          e);
    }
  }

  private static float[] weights(RunPlan plan, Checkpoint checkpoint) {
    try (ModelFile model = checkpoint.openModel()) {
      return ModelTensors.read(plan.architecture(), model.tensors());
    } catch (IOException e) {
      throw new CheckpointException(
          "%s cannot be read: %s. Make it readable or choose another run id."
              .formatted(checkpoint.path(), e.getMessage()),
          e);
    }
  }

  private static float[] initialWeights(RunPlan plan, String file, Configuration hadoop) {
    Path path = new Path(file);
    try (SafetensorsFile tensors = SafetensorsFile.open(Storage.fileSystem(path, hadoop), path)) {
      return ModelTensors.read(plan.architecture(), tensors);
    } catch (FileNotFoundException e) {
      throw unreadable("there is no file " + file + "; name a safetensors file or none");
    } catch (IOException e) {
      throw unreadable(
          "%s cannot be read (%s); name a readable safetensors file or none"
              .formatted(file, e.getMessage()));
    }
  }

  private static ConfigException unreadable(String message) {
    return new ConfigException(
        List.of(new Problem("configuration", "model.initial-checkpoint", message)));
  }

  /** A run continues only as the run it was. */
  private static void requireSamePlan(RunPlan plan, Checkpoint checkpoint, Path run) {
    TrainingState state = checkpoint.state();
    long expected = (long) state.epoch() * plan.stepsPerEpoch();
    if (state.seed() != plan.config().run().seed() || state.step() != expected) {
      throw new CheckpointException(
          "%s was written with seed %d and %d steps in %d epochs; this configuration has seed %d and %d steps an epoch: use the configuration of %s/config.conf, or another run id"
              .formatted(
                  checkpoint.path(),
                  state.seed(),
                  state.step(),
                  state.epoch(),
                  plan.config().run().seed(),
                  plan.stepsPerEpoch(),
                  run));
    }
  }

  private float[] randomWeights() {
    try (FlatParameters parameters =
        new FlatParameters(plan.architecture().layout(), ComputeDevice.CPU)) {
      plan.architecture()
          .initialize(parameters, SeedKey.of(plan.config().run().seed()).with("init"));
      float[] weights = new float[plan.architecture().layout().size()];
      parameters.store(weights, 0);
      return weights;
    }
  }
}
