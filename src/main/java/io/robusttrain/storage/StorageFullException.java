package io.robusttrain.storage;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.Path;

/** A file system has no room left. What was there before is unharmed. */
public final class StorageFullException extends IOException {
  private static final long serialVersionUID = 1L;

  /** How disks, HDFS and object stores say it. */
  private static final List<String> SIGNS =
      List.of(
          "no space left on device",
          "not enough space",
          "disk quota exceeded",
          "quotaexceeded",
          "space quota",
          "insufficientstorage",
          "replicated to 0 nodes",
          "written to 0 of the");

  /** HDFS that has just been started looks full until its DataNodes have come. */
  private static final String NO_DATANODES = "there are 0 datanode(s) running";

  /** The message names the path, the bytes and the remedy. */
  public StorageFullException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The failure itself, or what it means if it says that there is no room. */
  static IOException explain(IOException failure, Path path, long written) {
    if (failure instanceof StorageFullException || !says(failure)) {
      return failure;
    }
    return new StorageFullException(
        "There is no room for %s: %,d bytes of it were written (%s). Free some space there."
            .formatted(path, written, reason(failure)),
        failure);
  }

  /** What the file system itself said. */
  public static String reason(Throwable failure) {
    Throwable link = failure;
    while (link instanceof StorageFullException && link.getCause() != null) {
      link = link.getCause();
    }
    return String.valueOf(link.getMessage());
  }

  /** Whether this is what a full disk or a quota looks like. */
  public static boolean says(Throwable failure) {
    for (Throwable link = failure; link != null; link = link.getCause()) {
      String text =
          (link.getClass().getSimpleName() + " " + link.getMessage()).toLowerCase(Locale.ROOT);
      if (SIGNS.stream().anyMatch(text::contains) && !text.contains(NO_DATANODES)) {
        return true;
      }
    }
    return false;
  }
}
