package io.robusttrain.storage.lease;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that owns a run, as others can recognise it.
 *
 * @param host name of its machine, for people
 * @param machine boot and process-id space in which {@code pid} means something: two processes with
 *     equal values can see each other, so one knows whether the other lives. Empty if unknown
 * @param pid process id
 * @param started when the process began, in milliseconds since 1970
 * @param user who runs it
 */
record LeaseOwner(String host, String machine, long pid, long started, String user) {
  /**
   * The kernel's account of a start is in hundredths of a second from a boot time that may move.
   */
  private static final Duration SAME_START = Duration.ofSeconds(10);

  static LeaseOwner current() {
    ProcessHandle self = ProcessHandle.current();
    return new LeaseOwner(
        hostName(), machineName(), self.pid(), started(self), System.getProperty("user.name", "?"));
  }

  /**
   * Whether a process that sees this one's process ids knows it to be alive; nothing if the two
   * cannot see each other.
   */
  Optional<Boolean> aliveAsSeenBy(LeaseOwner observer) {
    // Another user's processes may be hidden, which must not look like death.
    if (machine.isEmpty() || !machine.equals(observer.machine) || !user.equals(observer.user)) {
      return Optional.empty();
    }
    return Optional.of(
        ProcessHandle.of(pid)
            .filter(ProcessHandle::isAlive)
            .filter(process -> Math.abs(started(process) - started) < SAME_START.toMillis())
            .isPresent());
  }

  @Override
  public String toString() {
    return "process %d of user %s on host %s".formatted(pid, user, host);
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static String hostName() {
    Optional<String> kernel = firstLine(Path.of("/proc/sys/kernel/hostname"));
    if (kernel.isPresent()) {
      return kernel.get();
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /**
   * The host's name alone would not do: containers on different machines share names, and each has
   * a process 1.
   */
  private static String machineName() {
    Optional<String> boot = firstLine(Path.of("/proc/sys/kernel/random/boot_id"));
    try {
      Path space = Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
      return boot.map(id -> id + "/" + space).orElse("");
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  private static Optional<String> firstLine(Path file) {
    try {
      return Files.readString(file).lines().findFirst().map(String::strip);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
