package io.robusttrain.chaos;

import io.robusttrain.chaos.JvmProcess.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A machine of a standalone cluster that died: its worker daemon and the executor that was the
 * daemon's child.
 *
 * @param command of the daemon
 * @param environment of the daemon
 */
record LostMachine(List<String> command, Map<String, String> environment) {
  /** Kills the daemon that is oldest, and its executor. */
  static LostMachine of(LiveRun run) throws IOException, InterruptedException {
    JvmProcess worker = run.processes(Role.WORKER).get(0);
    LostMachine machine =
        new LostMachine(JvmProcess.arguments(worker.pid()), JvmProcess.environment(worker.pid()));
    List<JvmProcess> executors = new ArrayList<>();
    for (JvmProcess executor : run.processes(Role.EXECUTOR)) {
      if (executor.parent() == worker.pid()) {
        executors.add(executor);
      }
    }
    if (executors.size() != 1) {
      throw new AssertionError("%s has the executors %s".formatted(worker, executors));
    }
    worker.signal("KILL");
    executors.get(0).signal("KILL");
    return machine;
  }

  /** Starts a daemon of the same kind, which was not there before. */
  void isReplacedIn(LiveRun run, Path log) throws IOException {
    List<String> arguments = new ArrayList<>(command);
    int workFolder = arguments.indexOf("--work-dir") + 1;
    arguments.set(workFolder, arguments.get(workFolder) + "-new");
    run.startAgain(arguments, environment, log);
  }
}
