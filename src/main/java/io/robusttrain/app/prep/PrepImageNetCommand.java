package io.robusttrain.app.prep;

import io.robusttrain.data.prep.source.ImageNetImporter;
import io.robusttrain.data.prep.source.ImageNetLabels;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code RobustPrep imagenet}. */
@Command(
    name = "imagenet",
    description = "Imports ImageNet-1k from its original archives; they are not unpacked.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PrepImageNetCommand implements Callable<Integer> {
  @Mixin private PrepOptions options;

  @Option(
      names = "--train",
      required = true,
      paramLabel = "TAR",
      description = "ILSVRC2012_img_train.tar")
  private String train;

  @Option(
      names = "--val",
      required = true,
      paramLabel = "TAR",
      description = "ILSVRC2012_img_val.tar")
  private String val;

  @ArgGroup(multiplicity = "1")
  private Labels labels;

  private static final class Labels {
    @Option(
        names = "--devkit",
        paramLabel = "TAR_GZ",
        description = "ILSVRC2012_devkit_t12.tar.gz, for the validation labels")
    private String devkit;

    @Option(
        names = "--labels",
        paramLabel = "FILE",
        description =
            "Validation labels as text: one WordNet id a line in image order, or '<file name>"
                + " <WordNet id>'")
    private java.nio.file.Path file;
  }

  @Override
  public Integer call() throws Exception {
    return options.prepare(
        hadoop -> {
          ImageNetImporter importer = new ImageNetImporter(hadoop);
          return spill -> {
            ImageNetLabels truth =
                labels.file != null
                    ? ImageNetLabels.fromLines(
                        labels.file.toString(), PrepOptions.lines(labels.file))
                    : ImageNetLabels.fromDevkit(hadoop, new Path(labels.devkit));
            return importer.list(new Path(train), new Path(val), truth, spill);
          };
        });
  }
}
