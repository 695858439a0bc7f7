package io.robusttrain.app;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The local files under addresses as object stores have them, {@code planted://key:secret@store/}:
 * it opens only with the very key and secret.
 */
public final class PlantedFileSystem extends RawLocalFileSystem {
  static final String KEY = "PLANTED-KEY";
  static final String SECRET = "pl4nted-s3cret";
  static final String ROOT = "planted://" + KEY + ":" + SECRET + "@store";

  private URI uri;

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    if (!(KEY + ":" + SECRET).equals(name.getRawUserInfo())) {
      throw new IOException("access denied to " + name);
    }
    super.initialize(name, conf);
    setConf(conf);
    uri = URI.create(ROOT);
  }

  @Override
  public URI getUri() {
    return uri == null ? super.getUri() : uri;
  }

  @Override
  public File pathToFile(Path path) {
    checkPath(path);
    return new File(path.toUri().getPath());
  }
}
