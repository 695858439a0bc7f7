package io.robusttrain.app.prep;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.ConfigOptions;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.StageConfigs;
import io.robusttrain.config.value.Stage;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.load.TrainingSample;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.data.transform.Resampler;
import io.robusttrain.report.ContactSheet;
import io.robusttrain.report.ContactSheet.Cell;
import io.robusttrain.report.RadiusText;
import io.robusttrain.train.TrainingPreview;
import io.robusttrain.train.TrainingPreview.Attacked;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustPrep preview}. */
@Command(
    name = "preview",
    description = {
      "Draws a contact sheet of training images as a configuration augments and attacks them.",
      "One row for each image: the original, its versions of some epochs, and with --model the last"
          + " of them attacked, and the perturbation (x_adv - x + eps) / (2 eps).",
      "Of a configuration with stages, the stage of the first epoch that is shown."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%n",
    footer = {
      "Example",
      "  RobustPrep preview --config conf/clothing10.conf augment.aa=rand-m9-mstd0.5-inc1 \\",
      "    --model runs/clothing --output sheet.png"
    })
final class PrepPreviewCommand implements Callable<Integer> {
  private static final long MOST_PIXELS = 60_000_000;
  private static final String RANDOM = "random";

  @Spec private CommandSpec spec;

  @Mixin private ConfigOptions options;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "DIR",
      description = "Data set; short for data.path=DIR.")
  private String data;

  @Option(
      names = "--n",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images, spread evenly over the training split (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--epochs",
      paramLabel = "K",
      defaultValue = "4",
      description =
          "Epochs shown, the first K, no more than their stage has (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--first-epoch",
      paramLabel = "E",
      defaultValue = "0",
      description = "First epoch shown, from 0 (default: ${DEFAULT-VALUE}).")
  private long firstEpoch;

  @Option(
      names = "--model",
      paramLabel = "PATH",
      description =
          "Attack this model, of the configuration's architecture: a model file, a run or a"
              + " checkpoint; random: initial weights.")
  private String model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE.png",
      description = "The picture.")
  private Path output;

  @Option(names = "--overwrite", description = "Replace an existing picture.")
  private boolean overwrite;

  @Override
  public Integer call() throws IOException {
    check();
    options.override("data.path", data);
    RunConfig run = options.load();
    int stage = stage(run);
    epochs = shown(run, stage);
    RunConfig config = StageConfigs.of(run).get(stage);
    TrainingPreview preview = new TrainingPreview(config, new Configuration());
    checkSize(preview.side());
    List<TrainingSample> samples = preview.samples(count);
    List<List<byte[]>> versions = new ArrayList<>();
    for (TrainingSample sample : samples) {
      List<byte[]> ofSample = new ArrayList<>();
      for (long epoch = firstEpoch; epoch < firstEpoch + epochs; epoch++) {
        ofSample.add(preview.augmented(sample, epoch));
      }
      versions.add(ofSample);
    }
    List<Attacked> attacked = attacked(preview, samples, versions);
    ContactSheet sheet = new ContactSheet(title(run, stage, config), preview.side(), columns());
    for (int i = 0; i < samples.size(); i++) {
      sheet.add(
          row(preview, samples.get(i), versions.get(i), model == null ? null : attacked.get(i)));
    }
    Files.write(output, sheet.png());
    spec.commandLine()
        .getOut()
        .printf("%s: %d images, %d epochs%n", output, samples.size(), epochs);
    return ExitCode.DONE.number();
  }

  /** The stage of the first epoch that is shown, from 0. */
  private int stage(RunConfig run) {
    int last = Math.max(0, stages(run).size() - 1);
    int stage = 0;
    while (stage < last && firstEpoch >= end(run, stage)) {
      stage++;
    }
    return stage;
  }

  /** How many epochs are shown: no more than a stage that another one follows has left. */
  private int shown(RunConfig run, int stage) {
    boolean followed = stage + 1 < stages(run).size();
    return followed ? (int) Math.min(epochs, end(run, stage) - firstEpoch) : epochs;
  }

  /** The first epoch behind a stage. */
  private static long end(RunConfig run, int stage) {
    return stages(run).subList(0, stage + 1).stream().mapToLong(Stage::epochs).sum();
  }

  private static List<Stage> stages(RunConfig run) {
    return run.stages().orElse(List.of());
  }

  private void check() {
    if (count < 1 || epochs < 1 || firstEpoch < 0) {
      throw Usage.wrong(spec, "--n and --epochs must be positive and --first-epoch not negative");
    }
    if (!output.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw Usage.wrong(spec, "--output must end in .png, found " + output);
    }
    Path folder = output.toAbsolutePath().getParent();
    if (Files.isDirectory(output) || folder == null || !Files.isDirectory(folder)) {
      throw Usage.wrong(spec, "--output: there is no folder %s to write to".formatted(folder));
    }
    if (Files.exists(output) && !overwrite) {
      throw Usage.wrong(
          spec, "%s exists already; name another file or say --overwrite".formatted(output));
    }
  }

  private void checkSize(int side) {
    long shown = Math.max(side, 112) + 30L;
    if (shown * shown * count * (epochs + 3) > MOST_PIXELS) {
      throw Usage.wrong(
          spec,
          "%d images in %d epochs at %d pixels make a picture of more than %d million pixels; lower --n or --epochs"
              .formatted(count, epochs, side, MOST_PIXELS / 1_000_000));
    }
  }

  private List<Attacked> attacked(
      TrainingPreview preview, List<TrainingSample> samples, List<List<byte[]>> versions) {
    if (model == null) {
      return List.of();
    }
    Optional<String> weights = model.equals(RANDOM) ? Optional.empty() : Optional.of(model);
    try {
      return preview.attack(
          weights, samples, versions.stream().map(list -> list.get(epochs - 1)).toList());
    } catch (UncheckedIOException | CheckpointException e) {
      throw new IllegalArgumentException(
          "--model: %s; the model must be that of the configuration".formatted(e.getMessage()), e);
    }
  }

  private String title(RunConfig run, int stage, RunConfig config) {
    int stages = stages(run).size();
    String attack =
        model == null
            ? ""
            : ", %s attack of radius %s in %d step(s)"
                .formatted(
                    config.attack().norm().name().toLowerCase(Locale.ROOT),
                    RadiusText.of(config.validationEpsilon()),
                    config.validationSteps());
    return "%s of %s, %s%d pixels, seed %d%s"
        .formatted(
            config.data().trainSplit(),
            config.data().path(),
            stages > 1 ? "stage %d of %d, ".formatted(stage + 1, stages) : "",
            config.model().imgSize(),
            config.run().seed(),
            attack);
  }

  private List<String> columns() {
    List<String> columns = new ArrayList<>();
    columns.add("original");
    for (long epoch = firstEpoch; epoch < firstEpoch + epochs; epoch++) {
      columns.add("epoch " + epoch);
    }
    if (model != null) {
      columns.add("attacked, epoch " + (firstEpoch + epochs - 1));
      columns.add("perturbation");
    }
    return columns;
  }

  private static List<Cell> row(
      TrainingPreview preview, TrainingSample sample, List<byte[]> versions, Attacked attacked) {
    int side = preview.side();
    List<String> names = preview.classNames();
    List<Cell> cells = new ArrayList<>();
    cells.add(new Cell(interleaved(shrunk(sample.image(), side)), names.get(sample.label())));
    for (byte[] version : versions) {
      cells.add(new Cell(planar(version, side), ""));
    }
    if (attacked != null) {
      byte[] last = versions.get(versions.size() - 1);
      String clean = answer(names, attacked.clean(), attacked.cleanProbability());
      cells.set(cells.size() - 1, new Cell(planar(last, side), clean));
      String answer = answer(names, attacked.predicted(), attacked.probability());
      cells.add(new Cell(planar(attacked.adversarial(), side), answer));
      cells.add(new Cell(planar(attacked.perturbation(), side), ""));
    }
    return cells;
  }

  private static String answer(List<String> names, int label, double probability) {
    return "%s %.0f %%".formatted(names.get(label), probability * 100);
  }

  /** Fitted into the square that its row shows, but not enlarged. */
  private static RgbImage shrunk(RgbImage image, int side) {
    double scale =
        Math.min(1.0, (double) Math.max(side, 112) / Math.max(image.width(), image.height()));
    int width = (int) Math.max(1, Math.round(image.width() * scale));
    int height = (int) Math.max(1, Math.round(image.height() * scale));
    return Resampler.resize(image, width, height, Interpolation.BICUBIC);
  }

  private static BufferedImage interleaved(RgbImage image) {
    return drawn(image.samples(), image.width(), image.height(), 3, 1);
  }

  private static BufferedImage planar(byte[] samples, int side) {
    return drawn(samples, side, side, 1, side * side);
  }

  /**
   * A picture of samples in any order of pixels and colours.
   *
   * @param pixelStride from a pixel to the next
   * @param colourStride from a pixel's red to its green, and on to its blue
   */
  private static BufferedImage drawn(
      byte[] samples, int width, int height, int pixelStride, int colourStride) {
    BufferedImage drawn = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      int red = samples[i * pixelStride] & 0xff;
      int green = samples[i * pixelStride + colourStride] & 0xff;
      int blue = samples[i * pixelStride + 2 * colourStride] & 0xff;
      drawn.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
    }
    return drawn;
  }
}
