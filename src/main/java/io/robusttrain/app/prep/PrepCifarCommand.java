package io.robusttrain.app.prep;

import io.robusttrain.data.prep.source.CifarImporter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code RobustPrep cifar}. */
@Command(
    name = "cifar",
    description = "Imports CIFAR-10 or CIFAR-100 from their official binary version, as PNG.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PrepCifarCommand implements Callable<Integer> {
  @Mixin private PrepOptions options;

  @Option(
      names = {"-i", "--input"},
      required = true,
      paramLabel = "DIR_OR_TAR_GZ",
      description = "cifar-10-binary.tar.gz, cifar-100-binary.tar.gz or the folder inside them.")
  private String input;

  @Option(
      names = "--dataset",
      paramLabel = "cifar10|cifar100",
      defaultValue = "cifar10",
      description = "Which of the two (default: ${DEFAULT-VALUE}).")
  private CifarImporter.Dataset dataset;

  @Override
  public Integer call() throws Exception {
    return options.prepare(PrepSource.cifar(input, dataset));
  }
}
