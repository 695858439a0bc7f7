package io.robusttrain.data.shard;

import io.robusttrain.base.DaemonThreads;
import io.robusttrain.data.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What the footer of a shard tells, compared with what the set states of the shard.
 *
 * @param shard where it was found
 * @param columns what the shard calls those that are read
 * @param huggingFace the metadata of Hugging Face's library, if there is any
 * @param groups row groups with samples, in file order
 */
record ShardFooter(
    SplitFiles.Shard shard,
    ImageColumns columns,
    Optional<String> huggingFace,
    List<Group> groups) {
  /**
   * How many shards are read at a time. A footer is little to read and long to wait for: an object
   * store takes about 50 ms for each of the five requests, so that 1,050 shards take four minutes
   * one after another and a quarter of a minute so. The threads wait and compute next to nothing.
   */
  static final int THREADS = 16;

  ShardFooter {
    groups = List.copyOf(groups);
  }

  /** Names of the classes in index order; empty if the shard does not say. */
  List<String> classNames() {
    return HuggingFaceMetadata.classNames(huggingFace.orElse(null), columns.label());
  }

  /**
   * A row group with samples.
   *
   * @param index within the file
   * @param check how its bytes are verified when they are read
   */
  record Group(int index, int rows, long bytes, long minLabel, long maxLabel, BlockCheck check) {}

  /**
   * Reads the footers of all shards, {@link #THREADS} at a time.
   *
   * @param columns that hold images and labels
   * @return in the order of the shards, whatever order they were read in
   * @throws DataException of the first shard, in that order, that is missing, damaged or another
   *     than the set states
   * @throws IOException if the storage fails
   */
  static List<ShardFooter> read(
      Configuration conf, List<SplitFiles.Shard> shards, ImageColumns columns) throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.max(1, Math.min(THREADS, shards.size())), DaemonThreads.named("shard-footer"));
    List<Future<ShardFooter>> reads = new ArrayList<>();
    try {
      shards.forEach(shard -> reads.add(pool.submit(() -> read(conf, shard, columns))));
      List<ShardFooter> footers = new ArrayList<>();
      for (Future<ShardFooter> read : reads) {
        footers.add(result(read));
      }
      return footers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException("interrupted while the footers of the shards were read", e);
    } finally {
      // Those under way end by themselves: an interrupt could close what other threads use.
      reads.forEach(read -> read.cancel(false));
      pool.shutdown();
    }
  }

  private static ShardFooter result(Future<ShardFooter> read)
      throws InterruptedException, IOException {
    try {
      return read.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (failed.getCause() instanceof Error error) {
        throw error;
      }
      throw new IOException(failed.getCause().getMessage(), failed.getCause());
    }
  }

  private static ShardFooter read(Configuration conf, SplitFiles.Shard shard, ImageColumns columns)
      throws IOException {
    if (shard.bytes() >= 0) {
      shard.checkBytes(length(conf, shard));
    }
    try (ShardReader reader = ShardReader.open(conf, shard.file(), columns)) {
      List<ShardReader.RowGroup> all = reader.rowGroups();
      List<Group> groups = new ArrayList<>();
      long samples = 0;
      for (int g = 0; g < all.size(); g++) {
        ShardReader.RowGroup group = all.get(g);
        if (group.rows() == 0) {
          continue;
        }
        groups.add(
            new Group(
                g,
                Math.toIntExact(group.rows()),
                group.bytes(),
                group.minLabel().orElse(0),
                maxLabel(conf, shard.file(), columns, g, group),
                shard.check(g, all.size(), group.check())));
        samples += group.rows();
      }
      shard.checkSamples(samples);
      return new ShardFooter(shard, reader.columns(), reader.huggingFace(), groups);
    }
  }

  /** Looked at before the footer is, for a shard that was cut short has none. */
  private static long length(Configuration conf, SplitFiles.Shard shard) throws IOException {
    Path file = new Path(shard.file());
    FileSystem fs = file.getFileSystem(conf);
    try {
      return fs.getFileStatus(file).getLen();
    } catch (FileNotFoundException e) {
      throw new DataException(
          "%s, listed in %s, does not exist; copy it or prepare the set again"
              .formatted(file, SplitFiles.DATASET_JSON),
          e);
    }
  }

  private static long maxLabel(
      Configuration conf,
      String file,
      ImageColumns columns,
      int rowGroup,
      ShardReader.RowGroup group) {
    if (group.maxLabel().isPresent()) {
      return group.maxLabel().getAsLong();
    }
    try (ShardReader reader = ShardReader.open(conf, file, columns)) {
      return reader.maxLabel(rowGroup);
    }
  }
}
