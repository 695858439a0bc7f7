package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Lists CIFAR-10 and CIFAR-100 in their official binary version: records of one label byte
 * (CIFAR-100: coarse, then fine) and 3072 pixel bytes. Pixels are stored losslessly. Splits are
 * named {@code train} and {@code test}.
 */
public final class CifarImporter {
  /** The two data sets. */
  public enum Dataset {
    /** Ten classes, files {@code data_batch_1.bin} to {@code 5} and {@code test_batch.bin}. */
    CIFAR10(1, "data_batch_\\d+\\.bin", "test_batch\\.bin", "batches.meta.txt"),
    /** A hundred fine classes, files {@code train.bin} and {@code test.bin}. */
    CIFAR100(2, "train\\.bin", "test\\.bin", "fine_label_names.txt");

    private final int labelBytes;
    private final String train;
    private final String test;
    private final String names;

    Dataset(int labelBytes, String train, String test, String names) {
      this.labelBytes = labelBytes;
      this.train = train;
      this.test = test;
      this.names = names;
    }
  }

  private record Batch(String name, String split, Origin.FileRange place) {}

  private final Configuration conf;
  private final Dataset dataset;
  private final List<Batch> batches = new ArrayList<>();
  private final SortedMap<String, Long> ignored = new TreeMap<>();
  private List<String> classes = List.of();

  /** Sets up an importer for one use. */
  public CifarImporter(Configuration conf, Dataset dataset) {
    this.conf = conf;
    this.dataset = dataset;
  }

  /**
   * Lists a folder, {@code .tar} or {@code .tar.gz}.
   *
   * @throws DataException when files are missing, cut short or of the other data set
   */
  public Listing list(Path input, SpillFolder spill) throws IOException {
    FileSystem files = input.getFileSystem(conf);
    if (!files.exists(input)) {
      throw new DataException(input + ": no such file or folder");
    }
    Path source = files.makeQualified(input);
    if (files.getFileStatus(source).isDirectory()) {
      listFolder(files, source);
    } else {
      new TarScan(conf, source, spill)
          .forEachFile(
              (parts, content) -> {
                String name = parts.get(parts.size() - 1);
                if (name.equals(dataset.names)) {
                  classes = ImageNames.lines(content.bytes());
                } else if (splitOf(name) != null) {
                  batches.add(new Batch(name, splitOf(name), content.origin()));
                } else {
                  ignored.merge(ImageNames.kind(name), 1L, Long::sum);
                }
              });
      spill.close();
    }
    return listing(input);
  }

  private void listFolder(FileSystem files, Path folder) throws IOException {
    for (FileStatus status : files.listStatus(folder)) {
      String name = status.getPath().getName();
      if (status.isDirectory()) {
        ignored.merge("folder", 1L, Long::sum);
      } else if (name.equals(dataset.names)) {
        try (InputStream in = files.open(status.getPath())) {
          classes = ImageNames.lines(in.readAllBytes());
        }
      } else if (splitOf(name) != null) {
        int length = Math.toIntExact(status.getLen());
        batches.add(
            new Batch(
                name, splitOf(name), new Origin.FileRange(status.getPath().toString(), 0, length)));
      } else {
        ignored.merge(ImageNames.kind(name), 1L, Long::sum);
      }
    }
  }

  private Listing listing(Path input) throws IOException {
    SortedMap<String, List<SampleRef>> splits = new TreeMap<>();
    for (Batch batch : batches) {
      splits.computeIfAbsent(batch.split(), s -> new ArrayList<>()).addAll(records(input, batch));
    }
    if (classes.isEmpty() || !splits.containsKey("train") || !splits.containsKey("test")) {
      throw new DataException(
          "%s: not the binary version of %s: needs %s and files like %s and %s (the Python and Matlab versions are not read)"
              .formatted(
                  input,
                  dataset.name(),
                  dataset.names,
                  dataset.train.replace("\\", ""),
                  dataset.test.replace("\\", "")));
    }
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("kind", dataset.name().toLowerCase(Locale.ROOT) + " binary");
    provenance.put("input", input.getName());
    return new Listing(classes, splits, ignored, provenance);
  }

  /** Reads the label bytes of one batch file. */
  private List<SampleRef> records(Path input, Batch batch) throws IOException {
    int record = dataset.labelBytes + Origin.CifarPixels.BYTES;
    Origin.FileRange place = batch.place();
    if (place.length() == 0 || place.length() % record != 0) {
      throw new DataException(
          "%s: %s has %d bytes, no multiple of the %d of a %s record; it is cut short or of another data set"
              .formatted(input, batch.name(), place.length(), record, dataset.name()));
    }
    List<SampleRef> samples = new ArrayList<>(place.length() / record);
    Path file = new Path(place.file());
    byte[] labels = new byte[dataset.labelBytes];
    try (FSDataInputStream in = file.getFileSystem(conf).open(file)) {
      for (int i = 0; i < place.length() / record; i++) {
        long offset = place.offset() + (long) i * record;
        in.seek(offset);
        in.readFully(labels);
        int label = labels[labels.length - 1] & 0xff;
        if (label >= classes.size()) {
          throw new DataException(
              String.format(
                  "%s: %s, record %d has label %d, but %s names %d classes",
                  input, batch.name(), i, label, dataset.names, classes.size()));
        }
        String stem = batch.name().substring(0, batch.name().length() - ".bin".length());
        String name = String.format("%s/%s_%05d.png", classes.get(label), stem, i);
        samples.add(
            new SampleRef(
                name, label, new Origin.CifarPixels(place.file(), offset + labels.length)));
      }
    } catch (EOFException e) {
      throw new DataException(input + ": " + batch.name() + " is cut short", e);
    }
    return samples;
  }

  private String splitOf(String name) {
    if (name.matches(dataset.train)) {
      return "train";
    }
    return name.matches(dataset.test) ? "test" : null;
  }
}
