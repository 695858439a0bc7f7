package io.robusttrain.data.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The files of one split, found through {@code dataset.json} or by the Hugging Face naming.
 *
 * @param shards files in reading order
 * @param classNames class names, empty when the layout does not say
 * @param samples stated number of samples, -1 when the layout does not say
 * @param source what a message about the count should name
 */
record SplitFiles(List<Shard> shards, List<String> classNames, long samples, String source) {
  static final String DATASET_JSON = "dataset.json";

  private static final Pattern NUMBERED = Pattern.compile("(.+?)-\\d{5}-of-\\d{5}.*");

  /**
   * One file.
   *
   * @param file its path, qualified
   * @param samples stated number of samples, -1 when the layout does not say
   * @param bytes stated length, -1 when the layout does not say
   * @param sums stated checksums, {@link ShardSums#NONE} when the layout does not say
   */
  record Shard(String file, long samples, long bytes, ShardSums sums) implements Serializable {
    /** A file of which nothing is stated. */
    Shard(String file) {
      this(file, -1, -1, ShardSums.NONE);
    }

    /**
     * Adds the stated checksum of a row group, after comparing that of the footer.
     *
     * @param groups row groups that the footer lists
     */
    BlockCheck check(int rowGroup, int groups, BlockCheck found) {
      if (sums.equals(ShardSums.NONE)) {
        return found;
      }
      if (!sums.footerCrc32c().equals(ShardSums.hex(found.seal().footerCrc()))
          || sums.rowGroupCrc32c().size() != groups) {
        throw new DataException(
            "%s: its footer is not what %s states; it is damaged or of another preparation: copy it or prepare the set again"
                .formatted(file, DATASET_JSON));
      }
      return new BlockCheck(
          found.seal(),
          found.start(),
          found.length(),
          true,
          HexFormat.fromHexDigits(sums.rowGroupCrc32c().get(rowGroup)));
    }

    /** Compares the stated length with the file's. */
    void checkBytes(long found) {
      if (bytes >= 0 && bytes != found) {
        throw new DataException(
            "%s has %d bytes, but %s states %d; it is cut short or damaged: copy it or prepare the set again"
                .formatted(file, found, DATASET_JSON, bytes));
      }
    }

    /** Compares the stated number of samples with the footer's. */
    void checkSamples(long found) {
      if (samples >= 0 && samples != found) {
        throw new DataException(
            "%s has %d samples, but %s states %d; prepare the set again"
                .formatted(file, found, DATASET_JSON, samples));
      }
    }
  }

  /** Compares the stated number of samples with the sum of the footers'. */
  void checkSamples(long found) {
    if (samples >= 0 && samples != found) {
      throw new DataException(
          "%s states %d samples, but its shards have %d; prepare the set again"
              .formatted(source, samples, found));
    }
  }

  /** What a manifest states, or the files that there are, whatever their state. */
  static SplitFiles find(Configuration conf, String path, String split) throws IOException {
    Optional<Path> json = manifest(conf, path);
    return json.isPresent()
        ? stated(json.get().getFileSystem(conf), new Path(path), json.get(), split)
        : named(conf, path, split);
  }

  /** The names of the splits that a manifest lists; none where there is no manifest. */
  static List<String> names(Configuration conf, String path) throws IOException {
    Optional<Path> json = manifest(conf, path);
    List<String> names = new ArrayList<>();
    if (json.isPresent()) {
      tree(json.get().getFileSystem(conf), json.get())
          .path("splits")
          .fieldNames()
          .forEachRemaining(names::add);
    }
    return names;
  }

  /** The manifest in the folder of that name, whatever characters it has. */
  private static Optional<Path> manifest(Configuration conf, String path) throws IOException {
    if (!DataPath.mayBeOne(path)) {
      return Optional.empty();
    }
    try {
      Path json = new Path(path, DATASET_JSON);
      return json.getFileSystem(conf).exists(json) ? Optional.of(json) : Optional.empty();
    } catch (IllegalArgumentException noName) {
      if (path.contains(",")) { // several are no name
        return Optional.empty();
      }
      throw noName;
    }
  }

  private static JsonNode tree(FileSystem fs, Path json) throws IOException {
    JsonNode tree;
    try (InputStream in = fs.open(json)) {
      tree = Json.tree(in);
    } catch (JsonProcessingException e) {
      throw new DataException(
          json + " is no JSON (" + e.getMessage() + "); prepare the set again", e);
    }
    if (!tree.path("format").asText().equals("robusttrain-dataset")
        || tree.path("version").asInt() != 1) {
      throw new DataException(
          "%s has format '%s' version '%s'; this release reads robusttrain-dataset version 1"
              .formatted(json, tree.path("format").asText(), tree.path("version").asText()));
    }
    return tree;
  }

  private static SplitFiles stated(FileSystem fs, Path root, Path json, String split)
      throws IOException {
    JsonNode tree = tree(fs, json);
    JsonNode found = tree.path("splits").path(split);
    if (found.isMissingNode()) {
      TreeSet<String> present = new TreeSet<>();
      tree.path("splits").fieldNames().forEachRemaining(present::add);
      throw noSplit(root.toString(), split, present);
    }
    List<String> classes = new ArrayList<>();
    tree.path("classes").forEach(name -> classes.add(name.asText()));
    if (classes.isEmpty()) {
      throw new DataException(json + " lists no classes; prepare the set again");
    }
    List<Shard> shards = new ArrayList<>();
    for (JsonNode shard : found.path("shards")) {
      // Executors open the file, too, and have another working directory.
      String file = fs.makeQualified(inside(root, shard.path("file").asText(), json)).toString();
      shards.add(
          new Shard(
              file, shard.path("samples").asLong(-1), shard.path("bytes").asLong(-1), sums(shard)));
    }
    long samples = found.path("samples").asLong(-1);
    return new SplitFiles(shards, classes, samples, "split %s of %s".formatted(split, json));
  }

  /** A manifest from elsewhere must not make anybody read other files than its own. */
  private static Path inside(Path root, String name, Path json) {
    boolean outside =
        name.isEmpty()
            || name.startsWith("/")
            || name.contains(":")
            || List.of(name.split("[/\\\\]", -1)).contains("..");
    if (outside) {
      throw new DataException(
          "%s lists the file '%s', which does not lie in its folder; prepare the set again"
              .formatted(json, name));
    }
    return new Path(root, name);
  }

  /** Sets of earlier releases have the checksum of the whole file only. */
  private static ShardSums sums(JsonNode shard) {
    if (!shard.has(ShardSums.FOOTER_CRC32C)) {
      return ShardSums.NONE;
    }
    List<String> groups = new ArrayList<>();
    shard.path(ShardSums.ROW_GROUP_CRC32C).forEach(crc -> groups.add(crc.asText()));
    return new ShardSums(
        shard.path(ShardSums.SHA256).asText(),
        shard.path(ShardSums.FOOTER_CRC32C).asText(),
        groups);
  }

  /** The names of the splits that are there, by the manifest or by the names of files. */
  static Set<String> present(Configuration conf, String path) throws IOException {
    List<String> stated = names(conf, path);
    return stated.isEmpty() ? named(conf, path).keySet() : new TreeSet<>(stated);
  }

  private static SplitFiles named(Configuration conf, String path, String split)
      throws IOException {
    NavigableMap<String, List<Shard>> present = named(conf, path);
    List<Shard> shards = present.get(split);
    if (shards == null) {
      throw noSplit(path, split, present.keySet());
    }
    shards.sort(Comparator.comparing(Shard::file));
    return new SplitFiles(shards, List.of(), -1, path);
  }

  /** The files of every split. */
  private static NavigableMap<String, List<Shard>> named(Configuration conf, String path)
      throws IOException {
    NavigableMap<String, List<Shard>> present = new TreeMap<>();
    for (FileStatus match : DataPath.find(conf, path)) {
      List<Path> files = new ArrayList<>();
      if (match.isDirectory()) {
        collect(match.getPath().getFileSystem(conf), match.getPath(), files);
      } else {
        files.add(match.getPath());
      }
      for (Path file : files) {
        present
            .computeIfAbsent(splitOf(file, match), name -> new ArrayList<>())
            .add(new Shard(file.toString()));
      }
    }
    if (present.isEmpty()) {
      throw new DataException(
          "%s has neither a %s nor Parquet files; prepare the images with RobustPrep"
              .formatted(path, DATASET_JSON));
    }
    return present;
  }

  private static void collect(FileSystem fs, Path directory, List<Path> files) throws IOException {
    RemoteIterator<LocatedFileStatus> all = fs.listFiles(directory, true);
    while (all.hasNext()) {
      Path file = all.next().getPath();
      String name = file.getName();
      if (name.endsWith(".parquet") && !name.startsWith(".") && !name.startsWith("_")) {
        files.add(file);
      }
    }
  }

  /**
   * The split a file belongs to: {@code train-00000-of-00004-abc.parquet}, {@code
   * train/part-00000.parquet} and {@code train.parquet} all belong to {@code train}.
   *
   * @param match the directory or file that the user named
   */
  private static String splitOf(Path file, FileStatus match) {
    String name = file.getName();
    Matcher numbered = NUMBERED.matcher(name);
    if (numbered.matches()) {
      return numbered.group(1);
    }
    Path parent = file.getParent();
    boolean inFolder =
        match.isDirectory()
            ? !parent.equals(match.getPath()) && !parent.getName().equals("data")
            : name.matches("(part-|\\d).*");
    return inFolder ? parent.getName() : name.replaceFirst("\\.parquet$", "");
  }

  private static DataException noSplit(String path, String split, Set<String> present) {
    return new DataException(
        "%s has no split '%s'; it has %s".formatted(path, split, String.join(", ", present)));
  }
}
