package io.robusttrain.api;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.report.ContactSheet;
import io.robusttrain.tensor.SeedKey;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * A batch of images: of a data set, of picture files, or pixels in memory. Pictures are decoded
 * when they are asked for and keep their size until a model takes them, resized and cropped as
 * where it was trained ({@link Model#prepare}); pixels are float32 (B, 3, H, W) in [0,1]. Immutable
 * and thread-safe; holds nothing that must be closed.
 *
 * <pre>{@code
 * Images validation = Images.read("data/synthetic", "validation");
 * Images cats = validation.ofClass("circle").sample(16, 0);
 * Images photo = Images.open("cat.jpg");
 * Files.write(Path.of("cats.png"), cats.toPng());
 * }</pre>
 */
public final class Images {
  /** More are too many for one sheet. */
  private static final int MOST_SHOWN = 64;

  private static final int COLUMNS = 8;
  private static final int LARGEST_SHOWN = 160;

  private final ImageContent content;
  private final int[] rows;

  private Images(ImageContent content, int[] rows) {
    this.content = content;
    this.rows = rows;
  }

  static Images of(ImageContent content) {
    return new Images(content, IntStream.range(0, content.count()).toArray());
  }

  /**
   * All images of a split; only its metadata are read.
   *
   * @param dataset shards of {@code RobustPrep}, or Parquet files of the Hugging Face hub
   * @param split such as {@code validation}
   * @throws RobustTrainException if there is no such set or split
   */
  public static Images read(String dataset, String split) {
    return Failures.readable(
        () -> of(new SplitContent(Place.hadoop(), ImageSet.open(Place.hadoop(), dataset, split))));
  }

  /**
   * A photograph, or all photographs of a folder, sorted by name; a folder of folders gives the
   * photographs of all of them, each folder being a class. JPEG, PNG and WebP, turned upright by
   * their EXIF data.
   *
   * @throws RobustTrainException if there is no picture
   */
  public static Images open(String path) {
    return Failures.readable(() -> of(FileContent.find(path, Place.hadoop())));
  }

  /**
   * Pixels.
   *
   * @param pixels (B, 3, H, W) in [0,1], row-major; copied
   * @param height H
   * @param width W
   * @param labels classes (B); none: nobody knows them
   * @throws RobustTrainException if the counts do not fit or a value is outside of [0,1]
   */
  public static Images of(float[] pixels, int height, int width, int... labels) {
    int size = 3 * height * width;
    if (height < 1 || width < 1 || pixels.length == 0 || pixels.length % size != 0) {
      throw new RobustTrainException(
          "%d values are no images of 3x%dx%d; give (B, 3, H, W) in one array"
              .formatted(pixels.length, height, width));
    }
    for (float value : pixels) {
      if (!(value >= 0 && value <= 1)) {
        throw new RobustTrainException(
            "pixels must lie in [0,1], found %s: divide 8-bit values by 255 and leave mean and deviation to the model"
                .formatted(value));
      }
    }
    int count = pixels.length / size;
    return pixels(
        pixels.clone(),
        height,
        width,
        IntStream.range(0, count).asLongStream().toArray(),
        Collections.nCopies(count, ""),
        labels.length == 0 ? unknown(count) : checked(labels, count),
        List.of());
  }

  private static Images pixels(
      float[] values,
      int height,
      int width,
      long[] ids,
      List<String> names,
      int[] labels,
      List<String> classNames) {
    return of(new PixelContent(values, height, width, ids, names, labels, classNames));
  }

  private static int[] unknown(int count) {
    int[] labels = new int[count];
    Arrays.fill(labels, -1);
    return labels;
  }

  private static int[] checked(int[] labels, int count) {
    if (labels.length != count) {
      throw new RobustTrainException(
          "%d labels for %d images; give one for each".formatted(labels.length, count));
    }
    return labels.clone();
  }

  /** The first images; all if there are fewer. */
  public Images first(int count) {
    return some(Arrays.copyOf(rows, Math.max(0, Math.min(count, rows.length))));
  }

  /**
   * Images drawn without replacement, in the order of the set.
   *
   * @param seed of the draw: the same seed draws the same images, those of an evaluation too
   * @throws RobustTrainException if there are fewer
   */
  public Images sample(int count, long seed) {
    if (count > rows.length) {
      throw new RobustTrainException(
          "%d images are wanted, there are %d; ask for fewer".formatted(count, rows.length));
    }
    SeedKey key = SeedKey.of(seed).with("evaluated-samples");
    return some(
        Arrays.stream(rows)
            .boxed()
            .sorted(Comparator.comparingLong(row -> key.with(content.id(row)).value()))
            .limit(count)
            .sorted()
            .mapToInt(Integer::intValue)
            .toArray());
  }

  /**
   * The images of a class.
   *
   * @param name of the class
   * @throws RobustTrainException if there is no such class; the message names those that are there
   */
  public Images ofClass(String name) {
    int index = content.classNames().indexOf(name);
    if (index < 0) {
      throw new RobustTrainException(
          "there is no class %s; there are %s".formatted(name, content.classNames()));
    }
    return ofClass(index);
  }

  /** The images of a class, by its index. */
  public Images ofClass(int index) {
    return Failures.readable(
        () -> some(Arrays.stream(rows).filter(row -> content.label(row) == index).toArray()));
  }

  /**
   * Images by their ids in the set, in this order.
   *
   * @throws RobustTrainException if there is none of an id
   */
  public Images ids(long... ids) {
    return some(
        Arrays.stream(ids)
            .mapToInt(
                id ->
                    Arrays.stream(rows)
                        .filter(row -> content.id(row) == id)
                        .findFirst()
                        .orElseThrow(
                            () ->
                                new RobustTrainException(
                                    "no image has the id %d; there are %d images"
                                        .formatted(id, rows.length))))
            .toArray());
  }

  /** The images at some places of this batch, counted from 0, such as those that were broken. */
  public Images at(int... places) {
    return Failures.readable(
        () -> some(Arrays.stream(places).map(place -> rows[row(place)]).toArray()));
  }

  private Images some(int[] chosen) {
    return new Images(content, chosen);
  }

  private int row(int place) {
    if (place < 0 || place >= rows.length) {
      throw new RobustTrainException(
          "there is no image %d; there are %d, counted from 0".formatted(place, rows.length));
    }
    return place;
  }

  /**
   * The same images with other labels.
   *
   * @param labels class indices, one for each image
   */
  public Images labelled(int... labels) {
    int[] ofAll = unknown(content.count());
    int[] given = checked(labels, rows.length);
    IntStream.range(0, rows.length).forEach(i -> ofAll[rows[i]] = given[i]);
    return new Images(new ImageContent.Labelled(content, ofAll, content.classNames()), rows);
  }

  /**
   * The same images with class indices of another list of names, as a model has it.
   *
   * @throws RobustTrainException if the list lacks a class of these images
   */
  public Images inClassesOf(List<String> names) {
    List<String> own = content.classNames();
    int[] translated = own.stream().mapToInt(names::indexOf).toArray();
    int[] labels = labels();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] >= 0 && translated[labels[i]] < 0) {
        throw new RobustTrainException(
            "class %s is not among %s; name the folders as the classes are named"
                .formatted(own.get(labels[i]), names));
      }
      labels[i] = labels[i] < 0 ? -1 : translated[labels[i]];
    }
    int[] ofAll = unknown(content.count());
    IntStream.range(0, rows.length).forEach(i -> ofAll[rows[i]] = labels[i]);
    return new Images(new ImageContent.Labelled(content, ofAll, List.copyOf(names)), rows);
  }

  /** The number of images B. */
  public int count() {
    return rows.length;
  }

  /** The class of each image (B), -1 where nobody knows it. */
  public int[] labels() {
    return Failures.readable(() -> Arrays.stream(rows).map(content::label).toArray());
  }

  /** The number of each image in its split (B). */
  public long[] ids() {
    return Arrays.stream(rows).mapToLong(content::id).toArray();
  }

  /** What each image's file was called; empty where nobody knows. */
  public List<String> names() {
    return Failures.readable(() -> Arrays.stream(rows).mapToObj(content::name).toList());
  }

  /** Class names in index order; empty if nobody knows them. */
  public List<String> classNames() {
    return content.classNames();
  }

  /** The name of an image's class, its index where it has none, or an empty text. */
  public String className(int place) {
    int label = Failures.readable(() -> content.label(rows[row(place)]));
    return className(label, content.classNames());
  }

  static String className(int label, List<String> names) {
    if (label < 0) {
      return "";
    }
    return label < names.size() ? names.get(label) : Integer.toString(label);
  }

  /** The height H of an image in pixels. */
  public int height(int place) {
    return picture(place).height();
  }

  /** The width W of an image in pixels. */
  public int width(int place) {
    return picture(place).width();
  }

  /** The pixels of an image as they are, (3, H, W) in [0,1], row-major. */
  public float[] pixels(int place) {
    return Failures.readable(() -> content.pixels(rows[row(place)]));
  }

  /**
   * The pixels of all images, (B, 3, H, W) in [0,1], row-major.
   *
   * @throws RobustTrainException if their sizes differ
   */
  public float[] pixels() {
    List<float[]> all = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      all.add(pixels(i));
      if (all.get(i).length != all.get(0).length) {
        throw new RobustTrainException(
            "the pictures have different sizes; make a batch of them with model.prepare(images)");
      }
    }
    return joined(all);
  }

  private static float[] joined(List<float[]> all) {
    int size = all.isEmpty() ? 0 : all.get(0).length;
    float[] joined = new float[all.size() * size];
    IntStream.range(0, all.size())
        .forEach(i -> System.arraycopy(all.get(i), 0, joined, i * size, size));
    return joined;
  }

  /** As the input of a model; what are pixels already must have its size. */
  Images prepared(EvalTransform transform) {
    List<float[]> all =
        Arrays.stream(rows).mapToObj(row -> content.pixels(row, transform)).toList();
    int side = transform.size();
    return pixels(joined(all), side, side, ids(), names(), labels(), classNames());
  }

  /** These images with other pixels of the same size. */
  Images moved(float[] values, int height, int width) {
    return pixels(values, height, width, ids(), names(), labels(), classNames());
  }

  /**
   * What was done to other images to get these, for the eye: grey where nothing, {@code 0.5 + times
   * * (this - other)}, cut to [0,1].
   *
   * @param other as many images of the same size
   * @param times how much differences are enlarged, such as 10
   */
  public Images perturbation(Images other, double times) {
    float[] mine = pixels();
    float[] theirs = other.pixels();
    if (mine.length != theirs.length || rows.length != other.rows.length) {
      throw new RobustTrainException(
          "a perturbation is between as many images of the same size; compare what model.prepare(images) gives");
    }
    float[] shown = new float[mine.length];
    for (int i = 0; i < shown.length; i++) {
      shown[i] = (float) Math.max(0, Math.min(1, 0.5 + times * (mine[i] - theirs[i])));
    }
    return moved(shown, height(0), width(0));
  }

  private RgbImage picture(int place) {
    return Failures.readable(() -> content.picture(rows[row(place)]));
  }

  /** An image at its size. */
  public BufferedImage image(int place) {
    RgbImage picture = picture(place);
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    byte[] samples = picture.samples();
    int[] colours = new int[picture.width() * picture.height()];
    for (int i = 0; i < colours.length; i++) {
      colours[i] =
          ((samples[3 * i] & 0xff) << 16)
              | ((samples[3 * i + 1] & 0xff) << 8)
              | (samples[3 * i + 2] & 0xff);
    }
    image.setRGB(0, 0, picture.width(), picture.height(), colours, 0, picture.width());
    return image;
  }

  /** An image at its size, as PNG. */
  public byte[] toPng(int place) {
    return Failures.readable(
        () -> {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          ImageIO.write(image(place), "png", bytes);
          return bytes.toByteArray();
        });
  }

  /** A sheet of the images with the names of their classes, as PNG; the first 64 of many. */
  public byte[] toPng() {
    return toPng(IntStream.range(0, rows.length).mapToObj(this::className).toList());
  }

  /**
   * A sheet of the images with captions, as PNG; the first 64 of many.
   *
   * @param captions one for each image
   */
  public byte[] toPng(List<String> captions) {
    return toPng("", captions);
  }

  /** The same with a title, to which the number of images that are not shown is added. */
  byte[] toPng(String heading, List<String> captions) {
    return Failures.readable(
        () -> {
          int shown = Math.min(MOST_SHOWN, rows.length);
          int columns = Math.max(1, Math.min(COLUMNS, shown));
          String some = shown < rows.length ? shown + " of " + rows.length : "";
          String title = heading + (heading.isEmpty() || some.isEmpty() ? "" : ": ") + some;
          int side = shown == 0 ? 1 : Math.min(LARGEST_SHOWN, Math.max(width(0), height(0)));
          ContactSheet sheet = new ContactSheet(title, side, Collections.nCopies(columns, ""));
          for (int start = 0; start < shown; start += columns) {
            List<ContactSheet.Cell> cells = new ArrayList<>();
            for (int i = start; i < start + columns; i++) {
              cells.add(
                  i < shown
                      ? new ContactSheet.Cell(image(i), captions.get(i))
                      : new ContactSheet.Cell(blank(), ""));
            }
            sheet.add(cells);
          }
          return sheet.png();
        });
  }

  private static BufferedImage blank() {
    BufferedImage white = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    white.setRGB(0, 0, 0xffffff);
    return white;
  }

  /** The sheet of {@link #toPng()} as an HTML fragment. */
  public String toHtml() {
    return Html.image(toPng(), toString());
  }

  /** Such as {@code 16 images of 10 classes}. */
  @Override
  public String toString() {
    return classNames().isEmpty()
        ? rows.length + " images"
        : "%d images of %d classes".formatted(rows.length, classNames().size());
  }
}
