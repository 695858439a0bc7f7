package io.robusttrain.app.prep;

import io.robusttrain.data.prep.source.FolderImporter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
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
    Map<String, String> byFolder = new LinkedHashMap<>();
    splits.forEach((name, folder) -> byFolder.put(folder, name));
    return options.prepare(
        spark -> {
          FolderImporter importer = new FolderImporter(spark.hadoopConfiguration(), byFolder);
          return spill -> importer.list(new Path(input), spill);
        });
  }
}
