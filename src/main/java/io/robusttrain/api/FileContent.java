package io.robusttrain.api;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.image.ImageDecoder;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Photographs in files, decoded when they are asked for, upright by their EXIF data.
 *
 * @param hadoop names the file systems
 * @param files in order
 * @param labels of the files, -1 where they lie in no folder of a class
 * @param classNames folders of classes, sorted
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record FileContent(Configuration hadoop, List<Path> files, int[] labels, List<String> classNames)
    implements ImageContent {
  private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".webp");

  /**
   * A photograph; or all of a folder, sorted by name; or all of its folders, each a class.
   *
   * @throws DataException if there is none
   */
  static FileContent find(String place, Configuration hadoop) throws IOException {
    Path path = new Path(place);
    FileSystem fs = Storage.fileSystem(path, hadoop);
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    List<String> classes = new ArrayList<>();
    FileStatus status = status(fs, path);
    if (status.isFile()) {
      files.add(path);
      labels.add(-1);
    } else {
      pictures(fs, path).forEach(file -> add(file, -1, files, labels));
      for (FileStatus child : files.isEmpty() ? sorted(fs, path) : new FileStatus[0]) {
        List<Path> inside = child.isDirectory() ? pictures(fs, child.getPath()) : List.of();
        inside.forEach(file -> add(file, classes.size(), files, labels));
        if (!inside.isEmpty()) {
          classes.add(child.getPath().getName());
        }
      }
    }
    if (files.isEmpty()) {
      throw new DataException(
          "%s holds no pictures; name a JPEG, PNG or WebP file, a folder of them, or a folder with a folder for each class"
              .formatted(place));
    }
    return new FileContent(
        hadoop, List.copyOf(files), labels.stream().mapToInt(i -> i).toArray(), classes);
  }

  private static void add(Path file, int label, List<Path> files, List<Integer> labels) {
    files.add(file);
    labels.add(label);
  }

  private static FileStatus status(FileSystem fs, Path path) throws IOException {
    try {
      return fs.getFileStatus(path);
    } catch (FileNotFoundException absent) {
      throw new DataException(
          "there is no %s; name a picture or a folder of pictures".formatted(path), absent);
    }
  }

  private static List<Path> pictures(FileSystem fs, Path folder) throws IOException {
    return Arrays.stream(sorted(fs, folder))
        .filter(FileStatus::isFile)
        .map(FileStatus::getPath)
        .filter(
            file -> ENDINGS.stream().anyMatch(file.getName().toLowerCase(Locale.ROOT)::endsWith))
        .toList();
  }

  private static FileStatus[] sorted(FileSystem fs, Path folder) throws IOException {
    FileStatus[] children = Storage.children(fs, folder);
    Arrays.sort(children, Comparator.comparing(child -> child.getPath().getName()));
    return children;
  }

  @Override
  public int count() {
    return files.size();
  }

  @Override
  public long id(int row) {
    return row;
  }

  @Override
  public String name(int row) {
    return files.get(row).getName();
  }

  @Override
  public int label(int row) {
    return labels[row];
  }

  @Override
  public RgbImage picture(int row) {
    Path file = files.get(row);
    try {
      byte[] bytes = Storage.bytes(Storage.fileSystem(file, hadoop), file);
      return ImageDecoder.decode(bytes, ImageDecoder.DEFAULT_PIXEL_LIMIT, ExifOrientation.APPLY);
    } catch (DataException bad) {
      throw new DataException(
          "%s: %s; repair the picture or leave it out".formatted(file, bad.getMessage()), bad);
    } catch (IOException failed) {
      throw new UncheckedIOException(file + " cannot be read: " + failed.getMessage(), failed);
    }
  }
}
