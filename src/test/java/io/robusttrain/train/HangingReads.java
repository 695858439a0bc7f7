package io.robusttrain.train;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk as a storage that does not answer reads of some files, until interrupted. */
public final class HangingReads extends RawLocalFileSystem {
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  private static volatile Optional<Hang> hang = Optional.empty();

  private record Hang(String part, CountDownLatch begun) {}

  /** Settings under which files are found here. */
  static Configuration settings() {
    Configuration conf = new Configuration();
    conf.setClass("fs.file.impl", HangingReads.class, RawLocalFileSystem.class);
    conf.set("fs.file.impl.disable.cache", "true");
    return conf;
  }

  /**
   * From now on files whose path has this part do not answer.
   *
   * @return what is counted down once one is read
   */
  static CountDownLatch from(String part) {
    CountDownLatch begun = new CountDownLatch(1);
    hang = Optional.of(new Hang(part, begun));
    return begun;
  }

  static void end() {
    hang = Optional.empty();
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    Optional<Hang> now = hang.filter(found -> path.toString().contains(found.part()));
    if (now.isPresent()) {
      now.get().begun().countDown();
      try {
        NEVER.await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while reading " + path);
      }
    }
    return super.open(path, bufferSize);
  }
}
