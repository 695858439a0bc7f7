package io.robusttrain.app.cli;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The configuration of a run on a command line: its files, and keys that override theirs. */
public final class ConfigOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "HOCON file; may be repeated, a later one overrides an earlier one.")
  private List<Path> files = new ArrayList<>();

  @Parameters(paramLabel = "key=value", description = "Overrides a key of the files.")
  private List<String> overrides = new ArrayList<>();

  /** Whether a file was named. */
  public boolean hasFiles() {
    return !files.isEmpty();
  }

  /** The files in their order. */
  public List<Path> files() {
    return List.copyOf(files);
  }

  /** The {@code key=value} arguments in their order. */
  public List<String> overrides() {
    return List.copyOf(overrides);
  }

  /** Takes the short option of a key, which overrides the arguments; null if it was not given. */
  public void override(String key, String value) {
    if (value != null) {
      overrides.add(key + "=" + ConfigLoader.literal(value));
    }
  }

  /** The configuration of all that was given. */
  public RunConfig load() {
    return ConfigLoader.load(files, overrides);
  }
}
