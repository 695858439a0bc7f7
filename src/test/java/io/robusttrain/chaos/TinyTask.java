package io.robusttrain.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A training of seconds in a folder: a few drawn images, the smallest model, sixteen steps an
 * epoch, validation and a checkpoint after each.
 *
 * @param folder holds {@code data}, {@code tiny.conf} and {@code runs}
 */
record TinyTask(Path folder) {
  static final int STEPS_PER_EPOCH = 16;
  static final int GLOBAL_BATCH = 16;

  private static final String CONFIG =
      """
      model {
        name = xcit_nano_12_p8_32
        img-size = 32
        embed-dim = 32
        depth = 1
        num-heads = 2
        drop-path = 0.1
      }
      data.path = data
      eps-schedule.type = constant
      optim.lr = 2e-3
      lr-schedule {
        warmup-epochs = 0
        cooldown-epochs = 0
      }
      train {
        global-batch = %d
        micro-batch = 8
      }
      guard {
        no-learning.action = off
        probe { samples = 32, steps = 2 }
      }
      # Every start is a part of what is measured, and the same machine each time.
      doctor.action = off
      """
          .formatted(GLOBAL_BATCH);

  /** Draws the images and writes the configuration. */
  static TinyTask in(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("tiny.conf"), CONFIG);
    List<String> arguments =
        List.of(
            "--cores",
            "1",
            "--driver-memory",
            "1g",
            "RobustPrep",
            "synthetic",
            "--output=data",
            "--size=32",
            "--train=" + GLOBAL_BATCH * STEPS_PER_EPOCH,
            "--val=64");
    try (LiveRun prep = LiveRun.start(folder, "spark-submit/local.sh", arguments)) {
      if (prep.await() != 0) {
        throw new AssertionError(prep.text());
      }
    }
    return new TinyTask(folder);
  }

  /** The run directory of an id. */
  Path run(String id) {
    return folder.resolve("runs").resolve(id);
  }

  /** What a launcher is told behind its own options. */
  List<String> training(String id, int epochs, List<String> settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "RobustTrain", "--config=tiny.conf", "--run-id=" + id, "train.epochs=" + epochs));
    arguments.addAll(settings);
    return arguments;
  }

  /** Starts it on a standalone cluster of its own, with two executors. */
  LiveRun onTwoExecutors(String id, int epochs, List<String> settings) throws IOException {
    return onExecutors(2, List.of(), training(id, epochs, settings));
  }

  /**
   * Starts a command on a standalone cluster of its own.
   *
   * @param executors of one core each
   * @param options of the launcher, such as {@code --conf} and what follows it
   * @param command as {@link #training} has it
   */
  LiveRun onExecutors(int executors, List<String> options, List<String> command)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--workers",
                Integer.toString(executors),
                "--executor-memory",
                "1g",
                "--driver-memory",
                "1g"));
    arguments.addAll(options);
    arguments.addAll(command);
    return LiveRun.start(folder, "spark-submit/standalone.sh", arguments);
  }
}
