package io.robusttrain.app.analyze;

import io.robusttrain.app.cli.Usage;
import io.robusttrain.app.eval.SubjectOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that all analyses have. */
final class AnalyzeOptions {
  @Mixin private SubjectOptions subject = new SubjectOptions();

  @Option(
      names = "--epochs",
      paramLabel = "all|LIST",
      split = ",",
      description =
          "With a run as --model: the weights that train.keep-epochs kept, all of them or those of"
              + " some epochs (10,20). Default: the run's best model.")
  private List<String> epochs = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory of the result, on any Hadoop file system.")
  private String output;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Groups the blocks of a stage in N tasks. Default: each block is a task.")
  private Integer partitions;

  /**
   * What was asked for.
   *
   * @param spec of the command, whose usage is printed below an error
   */
  AnalyzeRequest request(CommandSpec spec) {
    if (!subject.named() || output == null) {
      throw Usage.wrong(spec, "what to look at? Give --model, --data and --output");
    }
    Usage.atLeast(spec, "--partitions", partitions, 1);
    return new AnalyzeRequest(
        subject.request(spec),
        List.copyOf(epochs),
        output,
        partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions));
  }
}
