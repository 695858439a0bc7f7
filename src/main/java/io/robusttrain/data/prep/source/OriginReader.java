package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/** Turns origins into encoded images; keeps the last file open. Not thread-safe. */
public final class OriginReader implements Closeable {
  private final Configuration conf;
  private String openName;
  private FSDataInputStream open;

  /** Opens nothing until the first image is read. */
  public OriginReader(Configuration conf) {
    this.conf = conf;
  }

  /**
   * Reads the encoded image of an origin.
   *
   * @throws DataException when the file is gone or shorter than listed
   */
  public byte[] read(Origin origin) throws IOException {
    if (origin instanceof Origin.FileRange range) {
      return range(range.file(), range.offset(), range.length());
    }
    if (origin instanceof Origin.CifarPixels cifar) {
      byte[] planes = range(cifar.file(), cifar.offset(), Origin.CifarPixels.BYTES);
      return EncodedImages.png(
          Origin.CifarPixels.SIDE, Origin.CifarPixels.SIDE, EncodedImages.interleave(planes));
    }
    if (origin instanceof Origin.Drawn drawn) {
      return drawn.images().encoded(drawn.split(), drawn.index());
    }
    throw new IllegalArgumentException("unknown origin " + origin);
  }

  private byte[] range(String file, long offset, int length) throws IOException {
    try {
      if (!file.equals(openName)) {
        close();
        Path path = new Path(file);
        open = path.getFileSystem(conf).open(path);
        openName = file;
      }
      byte[] bytes = new byte[length];
      open.readFully(offset, bytes);
      return bytes;
    } catch (FileNotFoundException e) {
      throw new DataException("file " + file + " is gone; was the source changed meanwhile?", e);
    } catch (EOFException e) {
      throw new DataException(
          "file " + file + " ends before byte " + (offset + length) + "; it was cut short", e);
    }
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
      openName = null;
    }
  }
}
