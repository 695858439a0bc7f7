package io.robusttrain.app.speed;

import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.SampleShard;
import io.robusttrain.data.prep.source.FolderImporter;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.prep.source.SampleRef;
import io.robusttrain.data.prep.source.SpillFolder;
import io.robusttrain.data.prep.source.SyntheticImages;
import io.robusttrain.data.prep.source.SyntheticImporter;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.data.shard.ImageSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * The images that loading is timed on. What is no data set yet becomes a file of one, in a
 * temporary folder that goes when this is closed.
 */
final class TimedImages implements AutoCloseable {
  private static final String SPLIT = "train";
  private static final int CLASSES = 10;

  /** Drawing takes a second for a dozen. */
  private static final int DRAWN = 40;

  private final Configuration conf;
  private final String words;
  private final ImageSet set;

  /** Null where the set is somebody else's. */
  private final Path folder;

  private TimedImages(Configuration conf, String words, ImageSet set, Path folder) {
    this.conf = conf;
    this.words = words;
    this.set = set;
    this.folder = folder;
  }

  /** A data set as it is. */
  static TimedImages prepared(Configuration conf, String path, String split, ImageColumns columns) {
    ImageSet set = ImageSet.open(conf, path, split, columns);
    return new TimedImages(conf, split + " of " + path, set, null);
  }

  /**
   * Images of a folder or a tar that lie evenly in it.
   *
   * @param most how many
   * @throws DataException when there is no such split
   */
  static TimedImages folder(Configuration conf, String input, String split, int most)
      throws IOException {
    Path temporary = Files.createTempDirectory("robustspeed");
    try (SpillFolder spill = new SpillFolder(conf, hadoop(temporary.resolve("spill")))) {
      Listing listing =
          new FolderImporter(conf, Map.of()).list(new org.apache.hadoop.fs.Path(input), spill);
      spill.close(); // what was spilled is read now
      List<SampleRef> all = listing.splits().get(split);
      if (all == null) {
        throw new DataException(
            "%s has no split %s, only %s; name one with --split"
                .formatted(input, split, String.join(", ", listing.splits().keySet())));
      }
      List<SampleRef> some = new ArrayList<>();
      long wanted = Math.min(most, all.size());
      for (long i = 0; i < wanted; i++) {
        some.add(all.get((int) (i * all.size() / wanted)));
      }
      ImageSet set = written(conf, temporary, listing.classes(), some);
      return new TimedImages(conf, split + " of " + input, set, temporary);
    } catch (IOException | RuntimeException e) {
      delete(conf, temporary);
      throw e;
    }
  }

  /**
   * Drawn images, encoded as JPEG.
   *
   * @param least so many, even if some come several times
   */
  static TimedImages drawn(Configuration conf, int size, int least) throws IOException {
    SyntheticImages images = new SyntheticImages(CLASSES, size, 0, SyntheticImages.Format.JPEG);
    Listing listing = new SyntheticImporter(images, Map.of(SPLIT, DRAWN)).list();
    Path temporary = Files.createTempDirectory("robustspeed");
    try {
      List<SampleRef> some = new ArrayList<>();
      while (some.size() < least) {
        some.addAll(listing.splits().get(SPLIT));
      }
      ImageSet set = written(conf, temporary, listing.classes(), some);
      String words =
          "%d drawn images as JPEG, no photographs (--data or --folder names some)"
              .formatted(DRAWN);
      return new TimedImages(conf, words, set, temporary);
    } catch (IOException | RuntimeException e) {
      delete(conf, temporary);
      throw e;
    }
  }

  private static ImageSet written(
      Configuration conf, Path folder, List<String> classes, List<SampleRef> images)
      throws IOException {
    Path file = folder.resolve(SPLIT + "-00000-of-00001.parquet");
    SampleShard.write(conf, hadoop(file), classes, images);
    return ImageSet.open(conf, file.toUri().toString(), SPLIT);
  }

  private static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  private static void delete(Configuration conf, Path folder) throws IOException {
    FileSystem.getLocal(conf).delete(hadoop(folder), true);
  }

  /** Where the images come from. */
  String words() {
    return words;
  }

  ImageSet set() {
    return set;
  }

  @Override
  public void close() throws IOException {
    if (folder != null) {
      delete(conf, folder);
    }
  }
}
