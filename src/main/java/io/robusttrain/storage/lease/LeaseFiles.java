package io.robusttrain.storage.lease;

import io.robusttrain.base.JsonException;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The lease files of one run: {@code 0000000001.json} of its first owner, {@code 0000000002.json}
 * of the one that took over from it, and so on. The highest number owns the run. A number is
 * claimed by creating its file, which only one process can; nobody ever writes another's file. So
 * taking over needs no more of a file system than a create that fails if the file exists, and a
 * claim that comes late meets a number that is taken.
 */
final class LeaseFiles {
  private static final Pattern FILE = Pattern.compile("\\d{10}\\.json");
  private static final int DIGITS = 10;

  private final FileSystem fs;
  private final Path directory;

  LeaseFiles(FileSystem fs, Path directory) {
    this.fs = fs;
    this.directory = fs.makeQualified(directory);
  }

  /**
   * The highest lease file as one process saw it.
   *
   * @param number of the claim
   * @param text as it was; that of a claim that is being written may be incomplete
   */
  record Seen(long number, String text) {
    /** The content, if it is complete. */
    Optional<LeaseRecord> content() {
      try {
        return Optional.of(LeaseRecord.parse(text));
      } catch (JsonException | DateTimeException e) {
        return Optional.empty();
      }
    }
  }

  Path directory() {
    return directory;
  }

  /** The highest claim; nothing if the run never had an owner. */
  Optional<Seen> highest() throws IOException {
    while (true) {
      long highest = 0;
      for (FileStatus status : Storage.children(fs, directory)) {
        highest = Math.max(highest, number(status.getPath()));
      }
      if (highest == 0) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Seen(
                highest, new String(Storage.bytes(fs, path(highest)), StandardCharsets.UTF_8)));
      } catch (FileNotFoundException e) {
        // Taken over twice since the listing; there is a higher one now.
        if (!fs.exists(directory)) {
          return Optional.empty();
        }
      }
    }
  }

  /**
   * Claims a number.
   *
   * @param clock waits on stores whose create cannot be exclusive
   * @return whether it is this claim's now
   */
  boolean claim(long number, LeaseRecord content, LeaseClock clock) throws IOException {
    fs.mkdirs(directory);
    if (!create(path(number), content.toBytes())) {
      return false;
    }
    if (CommitProtocol.of(fs) == CommitProtocol.FILE) {
      // Of several that found the number free, the last to write stays. All have written by then.
      clock.sleep(settleTime(content.ttl()));
    }
    Optional<Seen> highest = highest();
    if (highest.isPresent() && highest.get().number() > number) {
      // This number was free again only because the claims above it had it cleared away.
      fs.delete(path(number), false);
      return false;
    }
    return highest
        .flatMap(Seen::content)
        .filter(found -> found.id().equals(content.id()))
        .isPresent();
  }

  static Duration settleTime(Duration ttl) {
    Duration sixth = ttl.dividedBy(6);
    return sixth.compareTo(Duration.ofSeconds(5)) < 0 ? sixth : Duration.ofSeconds(5);
  }

  /** Replaces the content of an own claim. */
  void write(long number, LeaseRecord content) throws IOException {
    byte[] bytes = content.toBytes();
    Storage.replace(fs, path(number), out -> out.write(bytes));
  }

  /** Removes claims before the last but one, which no late comer can mistake for the highest. */
  void clearBelow(long number) throws IOException {
    for (FileStatus status : Storage.children(fs, directory)) {
      long old = number(status.getPath());
      if (old > 0 && old < number - 1) {
        fs.delete(status.getPath(), false);
      }
    }
  }

  private boolean create(Path path, byte[] bytes) throws IOException {
    if (Storage.isLocal(fs)) {
      // Hadoop's create looks first and writes then, so two processes could both succeed.
      try {
        java.nio.file.Path file = java.nio.file.Path.of(path.toUri().getPath());
        Files.write(file, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    }
    try (OutputStream out = fs.create(path, false)) {
      out.write(bytes);
      return true;
    } catch (IOException e) {
      // File systems have several exceptions for a file that another process is just creating.
      if (fs.exists(path)) {
        return false;
      }
      throw e;
    }
  }

  private Path path(long number) {
    return new Path(directory, "%010d.json".formatted(number));
  }

  /** Of a claim, also while a beat takes its place. */
  private static long number(Path path) {
    String name = Storage.replacedName(path.getName());
    return FILE.matcher(name).matches() ? Long.parseLong(name.substring(0, DIGITS)) : 0;
  }
}
