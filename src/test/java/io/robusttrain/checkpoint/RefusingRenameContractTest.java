package io.robusttrain.checkpoint;

import io.robusttrain.storage.Storage;
import io.robusttrain.storage.lease.StoreContract;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Where a rename does not replace a file. */
@Tag("slow")
class RefusingRenameContractTest extends StoreContract {
  private static final Configuration CONF = RefusingRenameFileSystem.settings();

  @TempDir java.nio.file.Path dir;

  @Override
  public FileSystem fs() throws IOException {
    return Storage.fileSystem(base(), CONF);
  }

  @Override
  public Path base() {
    return RefusingRenameFileSystem.path(dir);
  }
}
