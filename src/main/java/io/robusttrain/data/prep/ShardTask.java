package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.ImageDecoder;
import io.robusttrain.data.prep.source.OriginReader;
import io.robusttrain.data.prep.source.SampleRef;
import io.robusttrain.data.shard.ShardSums;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.LongAccumulator;

/**
 * Reads, checks and writes the images of one shard on an executor. Runs again safely: each attempt
 * has a file of its own and the last step renames it.
 */
final class ShardTask implements Function<ShardPlan, ShardResult> {
  private final String folder;
  private final List<String> classes;
  private final PrepSettings settings;
  private final LongAccumulator imagesDone;
  private final LongAccumulator bytesDone;

  ShardTask(
      String folder,
      List<String> classes,
      PrepSettings settings,
      LongAccumulator imagesDone,
      LongAccumulator bytesDone) {
    this.folder = folder;
    this.classes = new ArrayList<>(classes);
    this.settings = settings;
    this.imagesDone = imagesDone;
    this.bytesDone = bytesDone;
  }

  /**
   * @throws DataException for a bad image when bad images fail
   */
  @Override
  public ShardResult call(ShardPlan plan) throws IOException {
    Configuration conf = SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf());
    Path target = new Path(folder, plan.file());
    Path attempt =
        new Path(
            target.getParent(), "." + target.getName() + "." + TaskContext.get().taskAttemptId());
    FileSystem files = target.getFileSystem(conf);
    files.setWriteChecksum(false);
    List<BadImage> bad = new ArrayList<>();
    long[] perClass = new long[classes.size()];
    long samples = 0;
    try (OriginReader reader = new OriginReader(conf);
        ImageShardWriter writer = new ImageShardWriter(conf, attempt, classes, settings)) {
      for (SampleRef sample : plan.samples()) {
        Optional<byte[]> image = good(reader, plan.split(), sample, bad);
        if (image.isPresent()) {
          writer.add(image.get(), sample.name(), sample.label());
          perClass[sample.label()]++;
          samples++;
          bytesDone.add(image.get().length);
        }
        imagesDone.add(1);
      }
    } catch (IOException | RuntimeException e) {
      files.delete(attempt, false);
      throw e;
    }
    ShardSums sums = ShardSums.NONE;
    long bytes = 0;
    if (samples == 0) {
      files.delete(attempt, false);
    } else {
      sums = ShardSums.of(conf, attempt.toString());
      bytes = files.getFileStatus(attempt).getLen();
      files.delete(target, false);
      if (!files.rename(attempt, target)) {
        throw new IOException("cannot rename " + attempt + " to " + target);
      }
    }
    List<Long> counts = new ArrayList<>(Arrays.stream(perClass).boxed().toList());
    return new ShardResult(
        plan.split(), plan.index(), plan.file(), samples, bytes, sums, counts, bad);
  }

  /** The encoded image, or nothing and one more bad image where such images are left out. */
  private Optional<byte[]> good(
      OriginReader reader, String split, SampleRef sample, List<BadImage> bad) throws IOException {
    try {
      byte[] image = reader.read(sample.origin());
      ImageDecoder.decode(image, settings.maxPixels());
      return Optional.of(image);
    } catch (DataException e) {
      if (settings.badImages() == PrepSettings.BadImages.FAIL) {
        throw new DataException(
            "%s/%s: %s; repair or remove it, or leave such images out with --on-bad-image skip"
                .formatted(split, sample.name(), e.getMessage()),
            e);
      }
      bad.add(new BadImage(split, sample.name(), e.getMessage()));
      return Optional.empty();
    }
  }
}
