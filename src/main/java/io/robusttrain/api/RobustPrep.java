package io.robusttrain.api;

import io.robusttrain.app.SparkPlace;
import io.robusttrain.app.prep.PrepLauncher;
import io.robusttrain.app.prep.PrepRequest;
import io.robusttrain.app.prep.PrepSource;
import io.robusttrain.data.prep.ClassSubset;
import io.robusttrain.data.prep.OutputFolder;
import io.robusttrain.data.prep.PrepProgress;
import io.robusttrain.data.prep.PrepReport;
import io.robusttrain.data.prep.PrepSettings;
import io.robusttrain.data.prep.source.CifarImporter;
import io.robusttrain.data.prep.source.SyntheticImages;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a data set of pictures: Parquet shards with a {@code dataset.json}, from which training
 * reads, as the launcher of the same name does. Say where the result goes, then name the source.
 * The bytes of the pictures stay as they are; the data set appears when it is whole.
 *
 * <pre>{@code
 * RobustPrep.Result flowers = RobustPrep.on(spark).output("data/flowers").folder("pictures");
 * System.out.println(flowers);
 * RobustTrain.on(spark).config("conf/quickstart.conf").set("data.path", flowers.path()).run();
 * }</pre>
 *
 * <p>Used by one thread.
 */
public final class RobustPrep {
  private final SparkPlace place;
  private final Screen screen = new Screen();
  private final Map<String, String> splits = new LinkedHashMap<>();
  private Optional<String> output = Optional.empty();
  private ClassSubset classes = new ClassSubset.All();
  private OutputFolder.Existing existing = OutputFolder.Existing.KEEP;
  private PrepSettings.BadImages badImages = PrepSettings.BadImages.FAIL;
  private long seed;

  private RobustPrep(SparkPlace place) {
    this.place = place;
  }

  /** Works in a session that runs already, and leaves it running. */
  public static RobustPrep on(SparkSession spark) {
    return new RobustPrep(Place.running(spark));
  }

  /**
   * Works in a Spark context that is opened for it and stopped after it.
   *
   * @param settings of Spark, {@code spark.master} among them, as spark-submit has them
   */
  public static RobustPrep on(SparkConf settings) {
    return new RobustPrep(Place.opened(settings));
  }

  /** Works on all cores of this machine, in a context that is opened for it. */
  public static RobustPrep local() {
    return on(new SparkConf().setIfMissing("spark.master", "local[*]"));
  }

  /**
   * Names the folder of the data set, on any Hadoop file system; it must not exist or be empty.
   *
   * @return this
   */
  public RobustPrep output(String folder) {
    output = Optional.of(folder);
    return this;
  }

  /**
   * Replaces what is in the folder of the data set, once the new one is whole.
   *
   * @return this
   */
  public RobustPrep overwrite() {
    existing = OutputFolder.Existing.REPLACE;
    return this;
  }

  /**
   * Keeps only some classes, which are numbered anew in their old order.
   *
   * @return this
   */
  public RobustPrep classes(String... names) {
    classes = new ClassSubset.Named(List.of(names));
    return this;
  }

  /**
   * Calls the split that lies in a folder of the source by another name.
   *
   * @param name such as {@code validation}
   * @param folder such as {@code val}
   * @return this
   */
  public RobustPrep split(String name, String folder) {
    splits.put(name, folder);
    return this;
  }

  /**
   * Leaves out images that cannot be decoded and lists them in {@code bad-images.json}, instead of
   * ending with the first one's path and reason.
   *
   * @return this
   */
  public RobustPrep skipBadImages() {
    badImages = PrepSettings.BadImages.SKIP;
    return this;
  }

  /**
   * Sets the seed of the order of the images and of what is drawn; 0 unless this is said.
   *
   * @return this
   */
  public RobustPrep seed(long other) {
    seed = other;
    return this;
  }

  /**
   * Adds a listener; a caller who does hears of the progress by it and sees nothing printed.
   *
   * @return this
   */
  public RobustPrep listener(RunListener listener) {
    screen.add(listener);
    return this;
  }

  /**
   * Prints progress to a stream instead of standard output.
   *
   * @return this
   */
  public RobustPrep output(PrintStream out) {
    screen.printTo(out);
    return this;
  }

  /**
   * Prints nothing.
   *
   * @return this
   */
  public RobustPrep quiet() {
    screen.quiet();
    return this;
  }

  /**
   * Takes pictures, {@code <split>/<class>/<file>}, from a folder or a {@code .tar}, {@code
   * .tar.gz} or {@code .tar.xz}: JPEG, PNG and WebP. Training looks for the splits {@code train}
   * and {@code validation}.
   *
   * @throws RobustTrainException if there is none, one cannot be decoded, or the output's place is
   *     taken
   */
  public Result folder(String path) {
    return run(() -> PrepSource.folder(path, splits));
  }

  /**
   * Takes CIFAR-10 in its official binary version.
   *
   * @param path {@code cifar-10-binary.tar.gz}, or the folder inside it
   */
  public Result cifar10(String path) {
    return run(() -> PrepSource.cifar(path, CifarImporter.Dataset.CIFAR10));
  }

  /** As {@link #cifar10}, of CIFAR-100 with its fine classes. */
  public Result cifar100(String path) {
    return run(() -> PrepSource.cifar(path, CifarImporter.Dataset.CIFAR100));
  }

  /**
   * Draws images of ten classes of shapes and textures, those of the quickstart.
   *
   * @param side in pixels
   * @param train images of the split {@code train}
   * @param validation images of the split {@code validation}
   */
  public Result synthetic(int side, int train, int validation) {
    return run(
        () ->
            PrepSource.drawn(
                new SyntheticImages(10, side, seed, SyntheticImages.Format.PNG),
                train,
                validation));
  }

  /** Where the images come from; checks what was said of it. */
  @FunctionalInterface
  private interface Choice {
    PrepSource source();
  }

  private Result run(Choice choice) {
    return Failures.readable(
        () -> {
          String folder =
              output.orElseThrow(
                  () ->
                      new RobustTrainException(
                          "where does the data set go? Give a folder with output(...)"));
          PrepRequest request =
              new PrepRequest(
                  choice.source(),
                  classes,
                  PrepSettings.DEFAULTS.with(seed, badImages),
                  folder,
                  existing);
          Hearing hearing = new Hearing(screen.listeners(), place::cancel);
          PrepReport report =
              Work.of("robusttrain-prep", place, hearing)
                  .orSay(
                      "interrupted; nothing was written to " + folder,
                      () -> prepare(request, hearing));
          return new Result(report, folder);
        });
  }

  private PrepReport prepare(PrepRequest request, Hearing hearing) throws Exception {
    long start = System.nanoTime();
    try (SparkPlace.Stay stay = place.open(place.cluster().configured("RobustPrep"))) {
      PrepReport report =
          new PrepLauncher(stay.context(), screen.stream(), now -> hearing.prepared(now, false))
              .run(request);
      long images = report.splits().stream().mapToLong(PrepReport.Split::samples).sum();
      long bytes = report.splits().stream().mapToLong(PrepReport.Split::bytes).sum();
      double seconds = (System.nanoTime() - start) / 1e9;
      hearing.prepared(new PrepProgress(images, images, bytes, seconds), true);
      return report;
    }
  }

  /** A data set that was made. Immutable and thread-safe. */
  public static final class Result {
    private final PrepReport report;
    private final String path;

    Result(PrepReport report, String path) {
      this.report = report;
      this.path = path;
    }

    /** The folder of the data set, for {@code data.path} and {@link Images#read}. */
    public String path() {
      return path;
    }

    /** Class names in index order. */
    public List<String> classNames() {
      return report.classes();
    }

    /** The images of a split. */
    public Images images(String split) {
      return Images.read(path, split);
    }

    /**
     * A row a split: {@code split}, {@code images}, {@code classes} that have images, {@code bytes}
     * of the shards, {@code shards}, {@code bad} images that were left out.
     */
    public Table table() {
      return new Table(
          List.of("split", "images", "classes", "bytes", "shards", "bad"),
          report.splits().stream()
              .map(
                  split ->
                      List.<Object>of(
                          split.name(),
                          split.samples(),
                          split.samplesPerClass().stream().filter(count -> count > 0).count(),
                          split.bytes(),
                          split.shards().size(),
                          split.bad()))
              .toList());
    }

    /** What is odd about the data, in plain words; empty if nothing is. */
    public List<String> warnings() {
      return report.warnings().stream().map(Failures::inWordsOfTheApi).toList();
    }

    /** The table as an HTML fragment. */
    public String toHtml() {
      return table().toHtml();
    }

    /** The table as text. */
    @Override
    public String toString() {
      return table().toString();
    }
  }
}
