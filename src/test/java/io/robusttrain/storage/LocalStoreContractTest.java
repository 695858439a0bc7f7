package io.robusttrain.storage;

import io.robusttrain.storage.lease.StoreContract;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** On the local disk. */
@Tag("slow")
class LocalStoreContractTest extends StoreContract {
  private static final Configuration CONF = new Configuration();

  @TempDir java.nio.file.Path dir;

  @Override
  public FileSystem fs() throws IOException {
    return Storage.fileSystem(base(), CONF);
  }

  @Override
  public Path base() {
    return new Path(dir.toUri());
  }
}
