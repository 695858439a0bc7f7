package io.robusttrain.app.prep;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code RobustPrep folder}. */
@Command(
    name = "folder",
    description = "Imports <split>/<class>/<file> from a folder, .tar, .tar.gz or .tar.xz.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PrepFolderCommand implements Callable<Integer> {
  @Mixin private PrepOptions options;

  @Option(
      names = {"-i", "--input"},
      required = true,
      paramLabel = "DIR_OR_TAR",
      description = "Folder or archive.")
  private String input;

  @Option(
      names = "--split",
      paramLabel = "NAME=FOLDER",
      description = "Call the split in this folder by another name, for example val=validation.")
  private Map<String, String> splits = new LinkedHashMap<>();

  @Override
  public Integer call() throws Exception {
    return options.prepare(PrepSource.folder(input, splits));
  }
}
