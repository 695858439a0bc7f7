package io.robusttrain.chaos;

import io.robusttrain.chaos.JvmProcess.Role;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the processes of a run held over time, process by process. Not thread-safe. */
final class SoakSamples {
  private static final double MEGABYTE = 1e6;

  private final Map<JvmProcess, Trend> resident = new LinkedHashMap<>();
  private final Map<JvmProcess, Trend> files = new LinkedHashMap<>();

  /** Looks at all processes of the run. */
  void add(double seconds, LiveRun run) throws IOException {
    for (Role role : Role.values()) {
      for (JvmProcess process : run.processes(role)) {
        long bytes = process.residentBytes();
        if (bytes > 0) {
          trend(resident, process).add(seconds, bytes / MEGABYTE);
          trend(files, process).add(seconds, process.openFiles());
        }
      }
    }
  }

  /** Resident megabytes of the process of a role that was seen over the longest time. */
  Trend resident(Role role) {
    return longest(resident, role);
  }

  /** Open files of that process. */
  Trend openFiles(Role role) {
    return longest(files, role);
  }

  /** How many processes of a role there were in all. */
  long count(Role role) {
    return resident.keySet().stream().filter(process -> process.role() == role).count();
  }

  private static Trend trend(Map<JvmProcess, Trend> trends, JvmProcess process) {
    return trends.computeIfAbsent(process, unseen -> new Trend());
  }

  private static Trend longest(Map<JvmProcess, Trend> trends, Role role) {
    Trend longest = new Trend();
    for (Map.Entry<JvmProcess, Trend> entry : trends.entrySet()) {
      if (entry.getKey().role() == role && entry.getValue().span() > longest.span()) {
        longest = entry.getValue();
      }
    }
    return longest;
  }
}
