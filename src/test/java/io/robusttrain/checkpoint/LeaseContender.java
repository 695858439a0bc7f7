package io.robusttrain.checkpoint;

import java.io.IOException;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A driver in a process of its own: says whether it owns a run, and keeps it until it is killed.
 */
final class LeaseContender {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private LeaseContender() {}

  /** The argument is the run. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path run = new Path(arguments[0]);
    FileSystem fs = Storage.fileSystem(run, new Configuration(false));
    System.out.println("READY");
    // All begin when the test says so.
    System.in.read();
    try {
      RunLease.acquire(fs, run, Duration.ofSeconds(20)).requireHeld();
      System.out.println("OWNER");
      Thread.sleep(LONGEST.toMillis());
    } catch (RunLeaseException e) {
      System.out.println("REFUSED " + e.getMessage());
    }
  }
}
