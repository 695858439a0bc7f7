package io.robusttrain.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java process of a run, as {@code /proc} shows it.
 *
 * @param pid its number
 * @param role what it does in the run
 */
record JvmProcess(long pid, Role role) {
  private static final long KILOBYTE = 1024;

  /** Process numbers start again from below, so they tell no age. */
  private static final Comparator<ProcessHandle> BY_START =
      Comparator.comparing(handle -> handle.info().startInstant().orElse(Instant.MAX));

  /** What a process of a run does. */
  enum Role {
    /** The driver: spark-submit in client mode. */
    DRIVER("org.apache.spark.deploy.SparkSubmit"),
    /** The master of a standalone cluster. */
    MASTER("org.apache.spark.deploy.master.Master"),
    /** A worker daemon of a standalone cluster. */
    WORKER("org.apache.spark.deploy.worker.Worker"),
    /** An executor. */
    EXECUTOR("org.apache.spark.executor.CoarseGrainedExecutorBackend");

    private final String main;

    Role(String main) {
      this.main = main;
    }
  }

  /**
   * All Java processes whose environment holds a variable with this value: a launcher's whole
   * family, wherever its members stand in the process tree, oldest first.
   */
  static List<JvmProcess> marked(String variable, String value) throws IOException {
    List<JvmProcess> found = new ArrayList<>();
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      for (ProcessHandle handle : all.sorted(BY_START).toList()) {
        if (value.equals(environment(handle.pid()).get(variable))) {
          role(arguments(handle.pid()))
              .ifPresent(role -> found.add(new JvmProcess(handle.pid(), role)));
        }
      }
    }
    return found;
  }

  private static Optional<Role> role(List<String> arguments) {
    return Arrays.stream(Role.values()).filter(role -> arguments.contains(role.main)).findFirst();
  }

  /** The command line; empty for a process that has ended or is somebody else's. */
  static List<String> arguments(long pid) throws IOException {
    return strings(pid, "cmdline");
  }

  /** The environment at its start; empty for a process that has ended or is somebody else's. */
  static Map<String, String> environment(long pid) throws IOException {
    return strings(pid, "environ").stream()
        .filter(entry -> entry.indexOf('=') > 0)
        .collect(
            Collectors.toMap(
                entry -> entry.substring(0, entry.indexOf('=')),
                entry -> entry.substring(entry.indexOf('=') + 1),
                (first, second) -> second,
                TreeMap::new));
  }

  /** Resident memory in bytes; 0 for a process that has ended. */
  long residentBytes() throws IOException {
    return read(pid, "status")
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * KILOBYTE)
        .findFirst()
        .orElse(0L);
  }

  /** Open file descriptors; 0 for a process that has ended. */
  int openFiles() throws IOException {
    try (Stream<Path> files = Files.list(file(pid, "fd"))) {
      return (int) files.count();
    } catch (FileSystemException ended) {
      return 0;
    }
  }

  /** The process that started it, or 0 once it has ended. */
  long parent() {
    return ProcessHandle.of(pid).flatMap(ProcessHandle::parent).map(ProcessHandle::pid).orElse(0L);
  }

  /** False once it has ended, also while nobody has taken note of its end. */
  boolean alive() throws IOException {
    String stat = read(pid, "stat");
    int state = stat.lastIndexOf(')') + 2;
    return state < stat.length() && stat.charAt(state) != 'Z';
  }

  /** Sends a signal, such as {@code KILL}; a process that has ended meanwhile is none to signal. */
  void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-s", name, Long.toString(pid))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (kill.waitFor() != 0 && alive()) {
      throw new IOException("cannot send %s to %s".formatted(name, this));
    }
  }

  private static List<String> strings(long pid, String name) throws IOException {
    return Arrays.stream(read(pid, name).split("\0", -1)).filter(text -> !text.isEmpty()).toList();
  }

  private static String read(long pid, String name) throws IOException {
    try {
      return new String(Files.readAllBytes(file(pid, name)), UTF_8);
    } catch (FileSystemException endedOrNotOurs) {
      return "";
    } catch (IOException ended) {
      // The kernel answers "no such process" to a read that began while there was one.
      if (Files.exists(file(pid, "status"))) {
        throw ended;
      }
      return "";
    }
  }

  private static Path file(long pid, String name) {
    return Path.of("/proc", Long.toString(pid), name);
  }
}
