package io.robusttrain.doctor.check;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Executors see what the driver writes below the run directory, and can write there: they write
 * their slices of a checkpoint themselves. The driver's part is {@link RunDirectoryProbe}.
 *
 * @param folder the probe's folder, qualified; the driver has written {@link #TOKEN} there
 */
public record RunDirectoryCheck(String folder, HadoopSettings hadoop)
    implements Check<RunDirectoryCheck.Facts> {
  static final String TOKEN = "driver.txt";

  /**
   * What a process found in the folder.
   *
   * @param seen whether the driver's file is there
   * @param problem empty, or why an own file could not be written
   */
  public record Facts(boolean seen, String problem) implements Serializable {}

  @Override
  public String name() {
    return "run dir";
  }

  /** The file that a process leaves for the driver to find. */
  static String mark(Place place) {
    return "executor-" + place.id() + ".txt";
  }

  @Override
  public Facts examine(Place place) throws IOException {
    if (place.role().drives()) {
      return new Facts(true, ""); // RunDirectoryProbe has done more
    }
    Path path = new Path(folder);
    FileSystem fs = Storage.fileSystem(path, hadoop.configuration());
    byte[] content;
    try (FSDataInputStream in = fs.open(new Path(path, TOKEN))) {
      content = in.readAllBytes();
    } catch (FileNotFoundException unseen) {
      return new Facts(false, "");
    }
    Path own = new Path(path, mark(place));
    Path hidden = new Path(path, "." + mark(place));
    try {
      try (FSDataOutputStream out = fs.create(hidden, false)) {
        out.write(content);
      }
      return new Facts(true, fs.rename(hidden, own) ? "" : "renaming is refused");
    } catch (IOException refused) {
      return new Facts(true, Observation.text(refused));
    }
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    if (!facts.seen()) {
      return List.of(
          Finding.failed(
              "does not see what the driver writes to " + new Path(folder).getParent(),
              "set run.dir to a file system that all hosts share: hdfs://, s3a:// or a shared disk; executors write their parts of a checkpoint there"));
    }
    if (!facts.problem().isEmpty()) {
      return List.of(
          Finding.failed(
              "cannot write to %s (%s)".formatted(new Path(folder).getParent(), facts.problem()),
              "let the user of the executors write there (HADOOP_USER_NAME, permissions, quota), or set another run.dir"));
    }
    return place.role().drives()
        ? List.of()
        : List.of(Finding.ok("sees the driver's files and writes its own"));
  }

  /** Executors whose files the driver does not see, in spite of what they say. */
  public static List<Line> unseen(List<Place> wrote, List<String> listed) {
    List<Place> missing = new ArrayList<>();
    for (Place place : wrote) {
      if (!listed.contains(mark(place))) {
        missing.add(place);
      }
    }
    return missing.isEmpty()
        ? List.of()
        : List.of(
            new Line(
                "run dir",
                missing,
                Finding.failed(
                    "the driver does not see what they write",
                    "set run.dir to a file system that all hosts share and that lists new files at once")));
  }

  static byte[] token(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String remedy() {
    return "check address and rights of run.dir on that host: hdfs dfs -ls, or ls";
  }

  @Override
  public Duration limit() {
    return Duration.ofMinutes(1);
  }
}
