package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A launcher of {@code spark-submit/} that has run to its end, on what {@code mvn package} left in
 * {@code target/}.
 *
 * @param code the exit code
 * @param text what it and its processes printed, both streams
 * @param remains the processes that it left running: number and command
 */
public record Launch(int code, String text, List<String> remains) {
  private static final Path SUBMIT = Path.of("spark-submit").toAbsolutePath();
  private static final Duration LONGEST = Duration.ofMinutes(14);
  private static final Duration FAREWELL = Duration.ofMinutes(3);
  private static final String MARK = "ROBUSTTRAIN_LAUNCH";

  /** Copies. */
  public Launch {
    remains = List.copyOf(remains);
  }

  /**
   * Runs a launcher; one that does not end is ended with all its processes.
   *
   * @param folder the working directory
   * @param script file name of the launcher, or the path of another script
   * @param arguments its arguments
   * @throws AssertionError if it takes longer than 14 minutes, less than what waits for it; the
   *     message is what it printed
   */
  static Launch of(Path folder, String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", SUBMIT.resolve(script).toString()));
    command.addAll(List.of(arguments));
    // A file, not a pipe: reading a pipe would wait for processes that are left over.
    Path output = Files.createTempFile(folder, Path.of(script).getFileName().toString(), ".log");
    String mark = UUID.randomUUID().toString();
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.environment().put("ROBUSTTRAIN_BUILD", "skip");
    builder.environment().put(MARK, mark);
    Process process = builder.start();
    boolean ended = process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.destroy();
      process.waitFor(FAREWELL.toSeconds(), TimeUnit.SECONDS);
    }
    List<ProcessHandle> running = running(mark);
    List<String> remains = running.stream().map(Launch::describe).toList();
    running.forEach(ProcessHandle::destroyForcibly);
    String text = Files.readString(output, UTF_8);
    if (!ended) {
      throw new AssertionError("%s did not end within %s:%n%s".formatted(command, LONGEST, text));
    }
    return new Launch(process.exitValue(), text, remains);
  }

  /** Daemons and executors inherit the environment, wherever they stand in the process tree. */
  private static List<ProcessHandle> running(String mark) throws IOException {
    List<ProcessHandle> found = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      if (environment(process).contains(MARK + "=" + mark)) {
        found.add(process);
      }
    }
    return found;
  }

  /** Empty for a process that has ended meanwhile, the kernel's, or somebody else's. */
  private static String environment(ProcessHandle process) throws IOException {
    try {
      return Files.readString(
          Path.of("/proc", Long.toString(process.pid()), "environ"), ISO_8859_1);
    } catch (FileSystemException notOurs) {
      return "";
    }
  }

  private static String describe(ProcessHandle process) {
    return process.pid() + " " + process.info().commandLine().orElse("?");
  }

  /** Deletes a folder with everything in it. */
  public static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = new ArrayList<>(files.toList());
    }
    for (int i = all.size() - 1; i >= 0; i--) {
      Files.delete(all.get(i));
    }
  }
}
