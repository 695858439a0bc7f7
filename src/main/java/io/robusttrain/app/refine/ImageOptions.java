package io.robusttrain.app.refine;

import io.robusttrain.app.cli.ColumnOptions;
import io.robusttrain.app.cli.DeviceOption;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.SubjectRequest;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say on which images models are measured, and how that is computed. */
final class ImageOptions {
  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Data set that the models were trained on.")
  private String data;

  @Mixin private ColumnOptions columns = new ColumnOptions();

  @Option(
      names = "--statistics-split",
      paramLabel = "NAME",
      defaultValue = "train",
      description = "Split on which statistics are measured. Default: ${DEFAULT-VALUE}.")
  private String statisticsSplit;

  @Option(
      names = "--statistics-n",
      paramLabel = "N",
      description = "Images of it, drawn by seed 0. Default: 1024, or all where there are fewer.")
  private Integer statisticsCount;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Most images of a block; batch norms see them together. Default: 16, up to 64 for small"
              + " models, on cuda 256.")
  private Integer batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Threads inside an operation; an executor computes cores/N blocks side by side. Default:"
              + " ${DEFAULT-VALUE}.")
  private int threads;

  @Mixin private DeviceOption device;

  /** Whether a data set was named. */
  boolean named() {
    return data != null;
  }

  /** The images of statistics, with a model of this project. */
  Optional<SubjectRequest> statistics(CommandSpec spec, String model) {
    Usage.atLeast(spec, "--statistics-n", statisticsCount, 1);
    SampleChoice samples =
        statisticsCount == null
            ? new SampleChoice.All()
            : new SampleChoice.Drawn(statisticsCount, 0);
    return named() ? Optional.of(request(spec, model, statisticsSplit, samples)) : Optional.empty();
  }

  /**
   * Images of the data set, with a model of this project.
   *
   * @param spec of the command, whose usage is printed below an error
   */
  SubjectRequest request(CommandSpec spec, String model, String split, SampleChoice samples) {
    Usage.atLeast(spec, "--batch", batch, 1);
    Usage.atLeast(spec, "--threads", threads, 1);
    return new SubjectRequest(
        ModelRequest.of(model),
        data,
        split,
        columns.columns(),
        Optional.empty(),
        samples,
        PreprocessingChoice.CHECKPOINT,
        Optional.ofNullable(batch),
        Optional.empty(),
        threads,
        device.chosen());
  }
}
