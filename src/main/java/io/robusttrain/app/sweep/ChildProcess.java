package io.robusttrain.app.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The command line of this process with other arguments, as a process of its own: a run that dies
 * in native code, leaks or exits takes nothing else with it, and each has Spark to itself.
 */
public final class ChildProcess implements RunProcess {
  private static final Path OWN = Path.of("/proc/self/cmdline");

  /**
   * For the run to save its step after SIGTERM, within its recovery.grace. Less than the 75 s after
   * which standalone.sh kills this process, too: a run that outlived it would go on unseen.
   */
  static final long FAREWELL_SECONDS = 60;

  private final List<String> command;

  private ChildProcess(List<String> command) {
    this.command = List.copyOf(command);
  }

  /**
   * This process's command line.
   *
   * @param arguments the last ones of it
   * @throws IllegalArgumentException if it ends otherwise: the driver runs inside of the cluster
   */
  public static ChildProcess like(List<String> arguments) {
    String text;
    try {
      text = Files.readString(OWN, StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return new ChildProcess(command(List.of(text.split("\0", -1)), arguments));
  }

  /** A command line without its last arguments; {@code own} ends in an empty text. */
  static List<String> command(List<String> own, List<String> arguments) {
    List<String> all = own.subList(0, own.size() - 1);
    int split = all.size() - arguments.size();
    if (split < 1 || !all.subList(split, all.size()).equals(arguments)) {
      throw new IllegalArgumentException(
          "a sweep starts its runs with the command line of this process, which does not end in RobustTrain's arguments: submit it with --deploy-mode client");
    }
    return all.subList(0, split);
  }

  @Override
  public int run(List<String> arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(command);
    all.addAll(arguments);
    Process process = new ProcessBuilder(all).inheritIO().start();
    Thread farewell = new Thread(() -> end(process), "sweep-stop");
    Runtime.getRuntime().addShutdownHook(farewell);
    int code = process.waitFor();
    try {
      Runtime.getRuntime().removeShutdownHook(farewell);
    } catch (IllegalStateException stopping) {
      throw new InterruptedException(
          "the sweep was stopped; submitted again, it goes on where it ended");
    }
    return code;
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException hurried) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
