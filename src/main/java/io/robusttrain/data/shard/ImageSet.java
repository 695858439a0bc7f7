package io.robusttrain.data.shard;

import io.robusttrain.base.Sha256;
import io.robusttrain.data.DataException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;

/**
 * One split of an image set in Parquet: its classes and where its samples are, read from metadata
 * only. Sample ids are 0 to N-1 in the order of files, row groups and rows. Immutable, serialisable
 * and thread-safe; it holds no open file.
 */
public final class ImageSet implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String path;
  private final String split;
  private final ArrayList<String> classNames;
  private final ArrayList<Block> blocks;
  private final SampleRules rules;

  private ImageSet(
      String path, String split, List<String> classNames, List<Block> blocks, SampleRules rules) {
    this.path = path;
    this.split = split;
    this.classNames = new ArrayList<>(classNames);
    this.blocks = new ArrayList<>(blocks);
    this.rules = rules;
  }

  /**
   * Opens a split that has the usual columns.
   *
   * @throws DataException as {@link #open(Configuration, String, String, ImageColumns)}
   */
  public static ImageSet open(Configuration conf, String path, String split) {
    return open(conf, path, split, ImageColumns.USUAL);
  }

  /**
   * Opens a split.
   *
   * @param conf names the file systems
   * @param path a directory with a {@code dataset.json}; or a directory, a glob or a
   *     comma-separated list of Parquet files in the Hugging Face image layout. What is there under
   *     the whole name is meant by it, also if the name has commas, brackets or other characters of
   *     a glob
   * @param split name of the split, for example {@code train}
   * @param columns that hold images and labels; images under the usual name are also found as
   *     {@code img}
   * @throws DataException when the path, the split or a file is missing, damaged, empty or of
   *     another layout, naming the file and the remedy
   */
  public static ImageSet open(Configuration conf, String path, String split, ImageColumns columns) {
    try {
      return read(conf, path, SplitFiles.find(conf, path, split), split, columns);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * The names of a set's splits, whatever the state of their files.
   *
   * @throws DataException if there is no such path, or there are no images
   */
  public static Set<String> splits(Configuration conf, String path) {
    try {
      return SplitFiles.present(conf, path);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static DataException unreadable(String path, IOException e) {
    return new DataException(path + " cannot be read: " + e.getMessage(), e);
  }

  private static ImageSet read(
      Configuration conf, String path, SplitFiles files, String split, ImageColumns columns)
      throws IOException {
    List<String> names = files.classNames();
    List<Block> blocks = new ArrayList<>();
    long samples = 0;
    long minLabel = Long.MAX_VALUE;
    long maxLabel = -1;
    String extremeFile = "";
    for (ShardFooter footer : ShardFooter.read(conf, files.shards(), columns)) {
      String file = footer.shard().file();
      if (names.isEmpty()) {
        names = footer.classNames();
      }
      for (ShardFooter.Group group : footer.groups()) {
        blocks.add(
            new Block(
                file,
                group.index(),
                group.rows(),
                group.bytes(),
                samples,
                group.check(),
                footer.columns()));
        samples += group.rows();
        if (group.maxLabel() > maxLabel) {
          maxLabel = group.maxLabel();
          extremeFile = file;
        }
        minLabel = Math.min(minLabel, group.minLabel());
      }
    }
    files.checkSamples(samples);
    requireImages(samples, split, path);
    List<String> classes = names.isEmpty() ? numbers(maxLabel + 1) : names;
    checkLabels(minLabel, maxLabel, extremeFile, classes.size());
    return new ImageSet(path, split, classes, blocks, SampleRules.STRICT);
  }

  private static void requireImages(long samples, String split, String path) {
    if (samples == 0) {
      throw new DataException(
          "split %s of %s has zero images; check the split's name or prepare the set again"
              .formatted(split, path));
    }
  }

  private static void checkLabels(long minLabel, long maxLabel, String extremeFile, int classes) {
    if (minLabel < 0 || maxLabel >= classes) {
      throw new DataException(
          "%s: labels reach from %d to %d, but there are %d classes (0 to %d); correct the labels or the class names"
              .formatted(extremeFile, minLabel, maxLabel, classes, classes - 1));
    }
  }

  private static List<String> numbers(long count) {
    return LongStream.range(0, count).mapToObj(Long::toString).toList();
  }

  /** The path it was opened with. */
  public String path() {
    return path;
  }

  /** Name of the split. */
  public String split() {
    return split;
  }

  /** Class names in index order. */
  public List<String> classNames() {
    return List.copyOf(classNames);
  }

  /**
   * Which columns images and labels are read from, in words; nothing if they are the usual ones.
   */
  public Optional<String> unusualColumns() {
    String words =
        columns().stream()
            .filter(columns -> !columns.equals(ImageColumns.USUAL))
            .map(ImageColumns::toString)
            .collect(Collectors.joining("; "));
    return words.isEmpty() ? Optional.empty() : Optional.of(words);
  }

  private List<ImageColumns> columns() {
    return blocks.stream().map(Block::columns).distinct().toList();
  }

  /** Returns this set with other rules for its samples. */
  public ImageSet with(SampleRules newRules) {
    return new ImageSet(path, split, classNames, blocks, newRules);
  }

  /** What the samples must be; {@link SampleRules#STRICT} unless {@link #with} said otherwise. */
  public SampleRules rules() {
    return rules;
  }

  /** The row group of a sample. */
  public Block blockOf(long id) {
    int low = 0;
    int high = blocks.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (blocks.get(middle).firstSample() <= id) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (!blocks.get(low).holds(id)) {
      throw new IllegalArgumentException("no sample has the id " + id);
    }
    return blocks.get(low);
  }

  /** Describes a sample of this set as one that cannot be used, and why. */
  public BadSample bad(long sampleId, DataException problem) {
    Block block = blockOf(sampleId);
    return new BadSample(
        sampleId,
        split,
        block.file(),
        block.rowGroup(),
        Math.toIntExact(sampleId - block.firstSample()),
        String.valueOf(problem.getMessage()));
  }

  /** Row groups in the order of sample ids. */
  public List<Block> blocks() {
    return List.copyOf(blocks);
  }

  /** The number of samples, N. */
  public long sampleCount() {
    Block last = blocks.get(blocks.size() - 1);
    return last.firstSample() + last.rows();
  }

  /**
   * Bytes of all encoded images, from the footers: what holding the split in memory takes, apart
   * from about 100 bytes of bookkeeping per image.
   */
  public long encodedBytes() {
    return blocks.stream().mapToLong(Block::bytes).sum();
  }

  /**
   * A hash of the names, rows and sizes of all shards, and of its columns if they are other than
   * the usual ones, in hexadecimal: another set, or another preparation of the same one, has
   * another.
   */
  public String fingerprint() {
    return fingerprint(List.of(this));
  }

  /** A hash of several sets together, as {@link #fingerprint()} is of one. */
  public static String fingerprint(List<ImageSet> sets) {
    MessageDigest digest = Sha256.digest();
    for (ImageSet set : sets) {
      for (ImageColumns columns : set.columns()) {
        if (columns.areChosen()) {
          digest.update(columns.toString().getBytes(StandardCharsets.UTF_8));
        }
      }
      for (Block block : set.blocks()) {
        String name = block.file().substring(block.file().lastIndexOf('/') + 1);
        digest.update(
            "%s %d %d %d\n"
                .formatted(name, block.rowGroup(), block.rows(), block.bytes())
                .getBytes(StandardCharsets.UTF_8));
      }
    }
    return Sha256.hex(digest);
  }

  @Override
  public String toString() {
    return "%s of %s: %d images, %d classes, %d blocks, %d encoded bytes"
        .formatted(split, path, sampleCount(), classNames.size(), blocks.size(), encodedBytes());
  }
}
