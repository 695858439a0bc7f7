package io.robusttrain.storage;

import io.robusttrain.storage.lease.RunLease;
import java.io.IOException;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A driver in a process of its own: says whether it owns a run, and keeps it until it is ended or
 * nobody is there any more who could end it.
 */
public final class LeaseContender {
  private LeaseContender() {}

  /** The argument is the run. */
  public static void main(String[] arguments) throws IOException {
    Path run = new Path(arguments[0]);
    FileSystem fs = Storage.fileSystem(run, new Configuration(false));
    System.out.println("READY");
    // All begin when the test says so.
    System.in.read();
    try {
      RunLease.acquire(fs, run, Duration.ofMinutes(2)).requireHeld();
      System.out.println("OWNER");
      while (System.in.read() >= 0) {
        // Only the end of the input matters.
      }
    } catch (RunLeaseException e) {
      System.out.println("REFUSED " + e.getMessage());
    }
  }
}
