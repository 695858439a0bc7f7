package io.robusttrain.app.prep;

import io.robusttrain.data.prep.source.SyntheticImages;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code RobustPrep synthetic}. */
@Command(
    name = "synthetic",
    description = "Draws an image set of ten classes of shapes and textures from a seed.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PrepSyntheticCommand implements Callable<Integer> {
  @Mixin private PrepOptions options;

  @Option(
      names = "--classes",
      paramLabel = "K",
      defaultValue = "10",
      description = "Number of classes, 2 to 10 (default: ${DEFAULT-VALUE}).")
  private int classes;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      defaultValue = "32",
      description = "Side of the images (default: ${DEFAULT-VALUE}).")
  private int size;

  @Option(
      names = "--train",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Training images (default: ${DEFAULT-VALUE}).")
  private int train;

  @Option(
      names = "--val",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Validation images (default: ${DEFAULT-VALUE}).")
  private int val;

  @Option(
      names = "--format",
      paramLabel = "png|jpeg",
      defaultValue = "png",
      description = "File format of the images (default: ${DEFAULT-VALUE}).")
  private SyntheticImages.Format format;

  @Override
  public Integer call() throws Exception {
    SyntheticImages images = new SyntheticImages(classes, size, options.seed(), format);
    return options.prepare(PrepSource.drawn(images, train, val));
  }
}
