package io.robusttrain.run;

import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The model files under {@code epochs} of a run directory: the weights after the epochs of {@code
 * train.keep-epochs}.
 */
public final class KeptEpochs {
  private static final String DIRECTORY = "epochs";
  private static final Pattern NAME = Pattern.compile("epoch-(\\d{1,7})\\.safetensors");

  private final SortedMap<Integer, Path> files;

  private KeptEpochs(SortedMap<Integer, Path> files) {
    this.files = files;
  }

  /**
   * Looks for them.
   *
   * @param run a run directory, which may have none
   */
  public static KeptEpochs of(Path run, Configuration hadoop) throws IOException {
    SortedMap<Integer, Path> files = new TreeMap<>();
    FileSystem fs = Storage.fileSystem(run, hadoop);
    Map<String, FileStatus> found = Storage.byName(fs, directory(run));
    for (Map.Entry<String, FileStatus> file : found.entrySet()) {
      Matcher name = NAME.matcher(file.getKey());
      if (name.matches()) {
        Path place = new Path(file.getValue().getPath().getParent(), file.getKey());
        files.put(Integer.parseInt(name.group(1)), place);
      }
    }
    return new KeptEpochs(files);
  }

  /** Where the weights of a run's epochs are, which may be absent. */
  static Path directory(Path run) {
    return new Path(run, DIRECTORY);
  }

  /**
   * Where weights are kept.
   *
   * @param epochs how many were trained, the first being 1
   */
  public static Path file(Path run, int epochs) {
    return new Path(directory(run), "epoch-%04d.safetensors".formatted(epochs));
  }

  /** The epochs that were kept, counted from 1. */
  public SortedSet<Integer> epochs() {
    return new TreeSet<>(files.keySet());
  }

  /**
   * The file of an epoch.
   *
   * @throws IllegalArgumentException if it was not kept
   */
  public Path file(int epoch) {
    Path file = files.get(epoch);
    if (file == null) {
      throw new IllegalArgumentException("epoch %d is not among %s".formatted(epoch, epochs()));
    }
    return file;
  }
}
