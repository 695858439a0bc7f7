package io.robusttrain.app.eval;

import io.robusttrain.app.cli.ColumnOptions;
import io.robusttrain.app.cli.DeviceOption;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.SubjectRequest;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say which model is looked at, with which images, and how it is computed. */
public final class SubjectOptions {
  @Mixin private ModelChoice model = new ModelChoice();

  @Option(names = "--data", paramLabel = "PATH", description = "Data set.")
  private String data;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "validation",
      description = "Split of it. Default: ${DEFAULT-VALUE}.")
  private String split;

  @Mixin private ColumnOptions columns = new ColumnOptions();

  @Option(
      names = "--exif-orientation",
      paramLabel = "WAY",
      description = {
        "ignore: pixels as stored; apply: images turned upright by their EXIF data.",
        "Default: as where the model was trained, if its file says so, else ignore."
      })
  private ExifOrientation orientation;

  @Option(names = "--n", paramLabel = "N", description = "The first N images. Default: all.")
  private Integer count;

  @Option(
      names = "--sample-seed",
      paramLabel = "SEED",
      description = "With --n: N images drawn by this seed instead of the first.")
  private Long sampleSeed;

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description = "The images of a text file: one id or file name a line; # begins a comment.")
  private String list;

  @Option(
      names = "--preprocessing",
      paramLabel = "WAY",
      defaultValue = "checkpoint",
      description =
          "checkpoint, or res256crop224 or bicubicres256crop224 as RobustBench has it for ImageNet."
              + " Default:"
              + " ${DEFAULT-VALUE}.")
  private PreprocessingChoice preprocessing;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Most images of a block, the unit of work and of commit. Default: 16, up to 64 for small"
              + " models, on cuda 256.")
  private Integer batch;

  @Option(
      names = "--min-blocks",
      paramLabel = "N",
      description =
          "Smaller blocks rather than fewer than this. Default: 8, fewer where a small model would"
              + " idle on small blocks, on cuda 1.")
  private Integer leastBlocks;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Threads inside an operation; an executor computes cores/N blocks side by side. Default:"
              + " ${DEFAULT-VALUE}.")
  private int threads;

  @Mixin private DeviceOption device;

  /** Whether model and data were named. */
  public boolean named() {
    return model.named() && data != null;
  }

  /**
   * What was asked for.
   *
   * @param spec of the command, whose usage is printed below an error
   */
  public SubjectRequest request(CommandSpec spec) {
    Usage.atLeast(spec, "--n", count, 1);
    Usage.atLeast(spec, "--batch", batch, 1);
    Usage.atLeast(spec, "--min-blocks", leastBlocks, 1);
    Usage.atLeast(spec, "--threads", threads, 1);
    return new SubjectRequest(
        model.request(spec),
        data,
        split,
        columns.columns(),
        Optional.ofNullable(orientation),
        samples(spec),
        preprocessing,
        Optional.ofNullable(batch),
        Optional.ofNullable(leastBlocks),
        threads,
        device.chosen());
  }

  private SampleChoice samples(CommandSpec spec) {
    if (list != null && (count != null || sampleSeed != null)) {
      throw Usage.wrong(spec, "--list says which images: leave --n and --sample-seed out");
    }
    if (sampleSeed != null && count == null) {
      throw Usage.wrong(spec, "--sample-seed needs --n");
    }
    if (list != null) {
      return new SampleChoice.Listed(list);
    }
    if (count == null) {
      return new SampleChoice.All();
    }
    return sampleSeed == null
        ? new SampleChoice.First(count)
        : new SampleChoice.Drawn(count, sampleSeed);
  }
}
