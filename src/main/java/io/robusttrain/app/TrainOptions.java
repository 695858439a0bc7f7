package io.robusttrain.app;

import java.nio.file.Path;
import java.util.List;

/**
 * What the command line of {@code RobustTrain} asks for beside the configuration.
 *
 * @param mode how far to go
 * @param configFiles the files that were read, in order
 * @param overrides the {@code key=value} arguments, in order
 */
public record TrainOptions(Mode mode, List<Path> configFiles, List<String> overrides) {
  /** How far to go. */
  public enum Mode {
    /** Train. */
    TRAIN,
    /** Check everything, print the plan and stop. */
    DRY_RUN
  }

  /** Copies the lists. */
  public TrainOptions {
    configFiles = List.copyOf(configFiles);
    overrides = List.copyOf(overrides);
  }
}
