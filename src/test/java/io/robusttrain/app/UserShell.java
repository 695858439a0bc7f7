package io.robusttrain.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs launchers with a user's environment variables. */
final class UserShell {
  /** Processes of seconds: compiling for hours of running would cost them more than it gives. */
  private static final String SHORT_LIVED = "export ROBUSTTRAIN_JAVA_OPTS=-XX:TieredStopAtLevel=1";

  private final Path folder;
  private final Path script;

  private UserShell(Path folder, Path script) {
    this.folder = folder;
    this.script = script;
  }

  /**
   * A shell.
   *
   * @param folder its working folder
   * @param exports lines of bash
   */
  static UserShell in(Path folder, String... exports) throws IOException {
    List<String> lines = new ArrayList<>(List.of(SHORT_LIVED));
    lines.addAll(List.of(exports));
    lines.add("exec bash '" + Path.of("spark-submit").toAbsolutePath() + "'/\"$@\"");
    return new UserShell(folder, Files.write(folder.resolve("user.sh"), lines));
  }

  /** Runs a launcher of {@code spark-submit/} to its end. */
  Launch run(String launcher, String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(launcher));
    all.addAll(List.of(arguments));
    return Launch.of(folder, script.toString(), all.toArray(String[]::new));
  }
}
