package io.robusttrain.app.refine;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.Usage;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustRefine meansparse}. */
@Command(
    name = "meansparse",
    description = {
      "Sparsifies what the activation functions of a trained model get: a value within alpha standard",
      "deviations of its channel's mean becomes the mean (MeanSparse). Means and deviations are measured",
      "on clean images and stored with the weights. --arg mean_sparse=ALPHA of RobustEval tries another",
      "alpha on the result."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class MeanSparseCommand implements Callable<Integer> {
  private final RefineLauncher launcher;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description = "A model file, a run directory or a checkpoint directory.")
  private String model;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory of the result, on any Hadoop file system.")
  private String output;

  @Option(
      names = "--alpha",
      paramLabel = "ALPHA",
      description = "Reach in standard deviations, at least 0: 0.25.")
  private Double alpha;

  @Mixin private ImageOptions images = new ImageOptions();

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Groups the blocks of a stage in N tasks. Default: each block is a task.")
  private Integer partitions;

  MeanSparseCommand(RefineLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    if (model == null || output == null || alpha == null || !images.named()) {
      throw Usage.wrong(spec, "what to sparsify? Give a model, --alpha, --data and --output");
    }
    Usage.atLeast(spec, "--partitions", partitions, 1);
    launcher
        .meanSparse(
            images.statistics(spec, model).orElseThrow(),
            alpha,
            output,
            partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions))
        .forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
