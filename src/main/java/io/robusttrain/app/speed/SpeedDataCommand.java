package io.robusttrain.app.speed;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.ColumnOptions;
import io.robusttrain.app.cli.JsonOutput;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.data.load.MeanImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.speed.DataBenchmark;
import io.robusttrain.speed.DataResult;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.train.plan.ImageRecipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustSpeed data}: what decoding and augmentation take. */
@Command(
    name = "data",
    description =
        "Times reading, decoding and augmentation of training images, stage by stage, for the light and"
            + " the canonical recipe.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "The code is that of training's loader; nothing is loaded ahead, so decode threads and nobody",
      "else work. light: random resized crop, flip, colour jitter 0.4. canonical: crop, flip,",
      "rand-m9-mstd0.5-inc1, random erasing 0.25, MixUp 0.8 and CutMix 1. Rounds of the two take turns;",
      "the first of each is not counted.",
      "",
      "What the figures are",
      "  images/s         images of a round over its wall seconds, from the request of a step to floats",
      "                   (mixed ones in canonical): median, slowest and fastest round",
      "  decoded and      the same, but to the bytes of a micro-batch; training makes floats of them on",
      "  augmented        the thread of the model",
      "  ms an image      of all decode threads together: median, least and most of the rounds",
      "  share            of the time of all decode threads and of the thread that takes the step",
      "  the loader's     micro-batches, hand-over between threads, and with several decode threads",
      "  rest             what those wait for the last one of a step",
      "",
      "Compilers and garbage collection of the JVM have threads of their own: for the figures of one core",
      "bind the process to it, as taskset -c 0 does.",
      "",
      "Examples",
      "  ./spark-submit/local.sh RobustSpeed data",
      "  ./spark-submit/local.sh RobustSpeed data --data data/clothing10",
      "  ./spark-submit/local.sh RobustSpeed data --folder photographs --threads 2 --json data.json",
      "",
      "Exit codes: 0 done, 2 wrong usage, 3 bad data, 1 anything else."
    })
final class SpeedDataCommand implements Callable<Integer> {
  /** Its size and its normalisation, of which it has none, are those of the recipes. */
  private static final String MODEL = "xcit_small_12_p16_224";

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "A prepared data set, or Parquet files of Hugging Face's layout. Default: drawn images.")
  private String data;

  @Mixin private ColumnOptions columns = new ColumnOptions();

  @Option(
      names = "--folder",
      paramLabel = "PATH",
      description = "Instead: a folder or tar of <split>/<class>/<file>.")
  private String folder;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "train",
      description = "Default: ${DEFAULT-VALUE}.")
  private String split;

  @Option(
      names = "--drawn-size",
      paramLabel = "PIXELS",
      defaultValue = "448",
      description = "Side of the drawn images, JPEG of quality 92. Default: ${DEFAULT-VALUE}.")
  private int drawnSize;

  @Option(
      names = "--img-size",
      paramLabel = "PIXELS",
      defaultValue = "224",
      description = "Side that images are cropped to. Default: ${DEFAULT-VALUE}.")
  private int imageSize;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "512",
      description = "Images of a round; fewer if there are fewer. Default: ${DEFAULT-VALUE}.")
  private int images;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Images of a step. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Timed rounds of each recipe. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Decode threads. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write all figures as one JSON object; - prints it instead of the text.")
  private String json;

  @Override
  public Integer call() throws IOException {
    check();
    JsonOutput.requireWritable(json);
    Architecture model = ModelRegistry.create(MODEL, ModelOptions.none().withImageSize(imageSize));
    Configuration conf = new Configuration();
    try (TimedImages source = source(conf)) {
      DataResult result = time(conf, source, model);
      JsonOutput.print(
          json, result.json().toPrettyString(), result.text(), spec.commandLine().getOut());
    }
    return ExitCode.DONE.number();
  }

  private void check() {
    Usage.atLeast(spec, "--drawn-size", drawnSize, 32);
    Usage.atLeast(spec, "--img-size", imageSize, 16);
    Usage.atLeast(spec, "--images", images, 1);
    Usage.atLeast(spec, "--batch", batch, 1);
    Usage.atLeast(spec, "--rounds", rounds, 1);
    Usage.atLeast(spec, "--threads", threads, 1);
    if (data != null && folder != null) {
      throw Usage.wrong(spec, "--data and --folder exclude each other");
    }
    if (imageSize % 16 != 0) {
      throw Usage.wrong(spec, "--img-size must be a multiple of 16, not " + imageSize);
    }
    if (images < batch) {
      throw Usage.wrong(
          spec, "--images must be at least --batch: %d is below %d".formatted(images, batch));
    }
  }

  private TimedImages source(Configuration conf) throws IOException {
    if (data != null) {
      return TimedImages.prepared(conf, data, split, columns.columns());
    }
    if (folder != null) {
      return TimedImages.folder(conf, folder, split, images);
    }
    say("drawing images");
    return TimedImages.drawn(conf, drawnSize, images);
  }

  private DataResult time(Configuration conf, TimedImages source, Architecture model) {
    NativeRuntime.start(1);
    ImageSet set = source.set();
    DataResult result =
        new DataResult(source.words(), MeanImage.of(conf, set, images), imageSize, threads);
    DataBenchmark.Amount amount = new DataBenchmark.Amount(images, batch, threads);
    List<ImageRecipe> recipes = List.of(ImageRecipe.light(model), ImageRecipe.canonical(model));
    List<DataBenchmark> benchmarks = new ArrayList<>();
    try {
      for (ImageRecipe recipe : recipes) {
        benchmarks.add(new DataBenchmark(conf, set, recipe.transform(), recipe.mixup(), amount));
      }
      for (int round = 0; round <= rounds; round++) {
        say(round == 0 ? "warm-up" : "round %d of %d".formatted(round, rounds));
        for (int i = 0; i < recipes.size(); i++) {
          var times = benchmarks.get(i).round();
          if (round > 0) {
            result.add(recipes.get(i).name(), times);
          }
        }
      }
    } finally {
      benchmarks.forEach(DataBenchmark::close);
    }
    return result;
  }

  private void say(String what) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(what);
    err.flush();
  }
}
