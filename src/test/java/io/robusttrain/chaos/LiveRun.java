package io.robusttrain.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A launcher that is running, and the processes that it started. Closing it ends them all. */
final class LiveRun implements Waiting.Work, AutoCloseable {
  private static final String MARK = "ROBUSTTRAIN_CHAOS";
  private static final Duration FAREWELL = Duration.ofMinutes(3);

  private final List<String> command;
  private final Process process;
  private final Path output;
  private final String mark;

  private LiveRun(List<String> command, Process process, Path output, String mark) {
    this.command = command;
    this.process = process;
    this.output = output;
    this.mark = mark;
  }

  /**
   * Starts a script on what {@code mvn package} left in {@code target/}.
   *
   * @param folder the working directory; the script's output becomes a file in it
   * @param script from the root of the repository, such as {@code spark-submit/standalone.sh}
   * @param arguments of the script
   */
  static LiveRun start(Path folder, String script, List<String> arguments) throws IOException {
    Path file = Path.of(script).toAbsolutePath();
    List<String> command = new ArrayList<>(List.of("bash", file.toString()));
    command.addAll(arguments);
    // A file, not a pipe: nobody has to read it, and it is there after a crash.
    Path output = Files.createTempFile(folder, file.getFileName().toString(), ".log");
    String mark = UUID.randomUUID().toString();
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.environment().put("ROBUSTTRAIN_BUILD", "skip");
    builder.environment().put(MARK, mark);
    Process process = builder.start();
    // Whoever ends this process ends the run too; the launcher then ends its own.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    return new LiveRun(command, process, output, mark);
  }

  /** Its living processes of a role, in the order in which they were started. */
  List<JvmProcess> processes(JvmProcess.Role role) throws IOException {
    List<JvmProcess> found = new ArrayList<>();
    for (JvmProcess candidate : JvmProcess.marked(MARK, mark)) {
      if (candidate.role() == role && candidate.alive()) {
        found.add(candidate);
      }
    }
    return found;
  }

  /** Starts a copy of a process of this run: same command, same environment, other arguments. */
  void startAgain(List<String> arguments, Map<String, String> environment, Path log)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(arguments);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    builder.redirectInput(Path.of("/dev/null").toFile()).start();
  }

  @Override
  public boolean ended() {
    return !process.isAlive();
  }

  /** Waits for its end, but no longer than that. True if it has ended. */
  boolean endsWithin(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public String account() throws IOException {
    return text();
  }

  /** What it and its processes have printed so far. */
  String text() throws IOException {
    return Files.readString(output, UTF_8);
  }

  /** As {@link #await(Duration)}, as long as tests wait for anything. */
  int await() throws IOException, InterruptedException {
    return await(Waiting.LONGEST);
  }

  /**
   * Waits for the end of the launcher.
   *
   * @return its exit code
   * @throws AssertionError if it goes on for longer; the message is what it printed
   */
  int await(Duration longest) throws IOException, InterruptedException {
    if (!endsWithin(longest)) {
      throw new AssertionError("%s did not end within %s:%n%s".formatted(command, longest, text()));
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (process.isAlive()) {
      process.destroy();
      process.waitFor(FAREWELL.toSeconds(), TimeUnit.SECONDS);
      process.destroyForcibly();
    }
    for (JvmProcess left : JvmProcess.marked(MARK, mark)) {
      left.signal("KILL");
    }
  }
}
