package io.robusttrain.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.fs.Path;

/** Reads from a place where the content of a file is; see {@code Storage.read}. */
@FunctionalInterface
public interface Reading<T> {
  /**
   * Reads everything that is wanted.
   *
   * @throws FileNotFoundException if the place is empty by now
   */
  T from(Path place) throws IOException;
}
