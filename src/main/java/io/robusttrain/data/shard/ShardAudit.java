package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Looks at everything in one shard: length, checksums, columns, rows, labels and every image. Finds
 * all that is wrong instead of the first. Immutable, to be run anywhere.
 */
public final class ShardAudit implements Serializable {
  private static final long serialVersionUID = 1L;

  private final SplitFiles.Shard shard;
  private final ArrayList<String> classes;
  private final ImageColumns columns;
  private final SampleRules rules;

  private ShardAudit(
      SplitFiles.Shard shard, List<String> classes, ImageColumns columns, SampleRules rules) {
    this.shard = shard;
    this.classes = new ArrayList<>(classes);
    this.columns = columns;
    this.rules = rules;
  }

  /**
   * What was found in one shard.
   *
   * @param samples good ones
   * @param problems in the order of the file
   */
  public record Findings(String file, long samples, List<String> problems) implements Serializable {
    public Findings {
      problems = new ArrayList<>(problems);
    }
  }

  /**
   * The splits of a set that has a manifest.
   *
   * @throws IOException if the storage fails
   */
  public static List<String> splits(Configuration conf, String path) throws IOException {
    return SplitFiles.names(conf, path);
  }

  /**
   * One audit for each shard of a split.
   *
   * @param columns that hold images and labels
   * @param rules limits of its images
   * @throws DataException if there is no such split
   * @throws IOException if the storage fails
   */
  public static List<ShardAudit> of(
      Configuration conf, String path, String split, ImageColumns columns, SampleRules rules)
      throws IOException {
    SplitFiles files = SplitFiles.find(conf, path, split);
    return files.shards().stream()
        .map(shard -> new ShardAudit(shard, files.classNames(), columns, rules))
        .toList();
  }

  /** Reads the whole shard and decodes every image. */
  public Findings run(Configuration conf) {
    List<String> problems = new ArrayList<>();
    long good = 0;
    try {
      Path path = new Path(shard.file());
      check(
          problems, () -> shard.checkBytes(path.getFileSystem(conf).getFileStatus(path).getLen()));
      try (ShardReader reader = ShardReader.open(conf, shard.file(), columns)) {
        compareSums(conf, problems);
        good = rows(conf, reader, problems);
      }
    } catch (DataException | IOException | UncheckedIOException e) {
      problems.add(text(e));
    }
    return new Findings(shard.file(), good, problems);
  }

  private void compareSums(Configuration conf, List<String> problems) throws IOException {
    ShardSums stated = shard.sums();
    if (stated.sha256().isEmpty()) {
      return;
    }
    String file = shard.file();
    ShardSums found = ShardSums.of(conf, file, columns);
    if (!found.sha256().equals(stated.sha256())) {
      problems.add(
          "%s has the SHA-256 %s, but %s states %s"
              .formatted(file, found.sha256(), SplitFiles.DATASET_JSON, stated.sha256()));
    }
    for (int g = 0; g < stated.rowGroupCrc32c().size(); g++) {
      boolean same =
          g < found.rowGroupCrc32c().size()
              && found.rowGroupCrc32c().get(g).equals(stated.rowGroupCrc32c().get(g));
      if (!same) {
        problems.add("%s: the checksum of row group %d is wrong".formatted(file, g));
      }
    }
  }

  private long rows(Configuration conf, ShardReader footer, List<String> problems) {
    List<String> names = classes;
    if (names.isEmpty()) {
      names = footer.classNames();
    }
    int labels = names.isEmpty() ? Integer.MAX_VALUE : names.size();
    long samples = 0;
    long good = 0;
    List<ShardReader.RowGroup> groups = footer.rowGroups();
    for (int g = 0; g < groups.size(); g++) {
      ShardReader.RowGroup group = groups.get(g);
      int count = Math.toIntExact(group.rows());
      Block block =
          new Block(
              shard.file(), g, count, group.bytes(), samples, group.check(), footer.columns());
      samples += count;
      good += rows(conf, block, labels, problems);
    }
    long found = samples;
    check(problems, () -> shard.checkSamples(found));
    return good;
  }

  private long rows(Configuration conf, Block block, int labels, List<String> problems) {
    long good = 0;
    try (ShardReader reader = ShardReader.open(conf, block)) {
      BlockRows rows = reader.rows(block, labels, rules);
      for (int row = 0; row < block.rows() && !rows.isBroken(); row++) {
        int before = problems.size();
        check(problems, () -> rows.next().decode(rules));
        good += problems.size() == before ? 1 : 0;
      }
    } catch (DataException | UncheckedIOException e) {
      problems.add(text(e));
    }
    return good;
  }

  /** Something that may find a problem. */
  private interface Check {
    void run() throws IOException;
  }

  private static void check(List<String> problems, Check check) {
    try {
      check.run();
    } catch (DataException | IOException e) {
      problems.add(text(e));
    }
  }

  private static String text(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
