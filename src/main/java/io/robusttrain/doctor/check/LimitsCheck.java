package io.robusttrain.doctor.check;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The operating system's limits of a process. */
public record LimitsCheck() implements Check<LimitsCheck.Facts> {
  private static final Pattern HUGE = Pattern.compile("\\[(\\w+)]");
  private static final long FEW_FILES = 4096;
  private static final long FEW_PROCESSES = 1024;

  /**
   * @param files open files, soft limit
   * @param processes processes and threads of the user, soft limit
   * @param folder the working directory, which gets the JVM's crash reports
   * @param problem empty, or why nothing can be written there
   * @param hugePages mode of transparent huge pages
   */
  record Facts(long files, long processes, String folder, String problem, String hugePages)
      implements Serializable {}

  @Override
  public String name() {
    return "limits";
  }

  @Override
  public Facts examine(Place place) throws IOException {
    Path folder = Path.of("").toAbsolutePath();
    return new Facts(
        limit("Max open files"),
        limit("Max processes"),
        folder.toString(),
        CacheCheck.writeProblem(folder),
        hugePages());
  }

  private static long limit(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith(name)) {
        String soft = line.substring(name.length()).strip().replaceAll("\\s.*", "");
        return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
      }
    }
    return Long.MAX_VALUE;
  }

  private static String hugePages() throws IOException {
    Path setting = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
    if (!Files.isReadable(setting)) {
      return "unknown";
    }
    Matcher chosen = HUGE.matcher(Files.readString(setting));
    return chosen.find() ? chosen.group(1) : "unknown";
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    List<Finding> findings = new ArrayList<>();
    if (facts.files() < FEW_FILES) {
      findings.add(
          Finding.warning(
              "a process may open %d files".formatted(facts.files()),
              "raise it to %d or more: ulimit -n, LimitNOFILE of the worker's service"
                  .formatted(FEW_FILES)));
    }
    if (facts.processes() < FEW_PROCESSES) {
      findings.add(
          Finding.warning(
              "the user may have %d processes and threads".formatted(facts.processes()),
              "raise it to %d or more: ulimit -u, pids limit of the container"
                  .formatted(FEW_PROCESSES)));
    }
    if (!facts.problem().isEmpty()) {
      findings.add(
          Finding.warning(
              "the working directory %s is not writable: a crash leaves no report there"
                  .formatted(facts.folder()),
              "start in a writable folder, or set -XX:ErrorFile=/tmp/hs_err_%p.log"));
    }
    return Finding.orOk(
        findings,
        "%s files, %s threads, huge pages: %s"
            .formatted(count(facts.files()), count(facts.processes()), facts.hugePages()));
  }

  private static String count(long limit) {
    return limit == Long.MAX_VALUE ? "unlimited" : Long.toString(limit);
  }

  @Override
  public String remedy() {
    return "run on Linux with /proc mounted";
  }
}
