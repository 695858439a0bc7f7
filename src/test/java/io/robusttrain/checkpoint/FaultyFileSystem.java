package io.robusttrain.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local disk of a process that dies at its n-th call: that call and all later ones fail. */
final class FaultyFileSystem extends FilterFileSystem {
  private final int lastCall;
  private int calls;

  FaultyFileSystem(int lastCall) throws IOException {
    super(new RawLocalFileSystem());
    this.lastCall = lastCall;
    initialize(URI.create("file:///"), new Configuration());
  }

  int calls() {
    return calls;
  }

  private void call() throws IOException {
    calls++;
    if (calls > lastCall) {
      throw new IOException("injected fault");
    }
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    call();
    return super.open(path, bufferSize);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    call();
    OutputStream out =
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(new FaultyStream(out), null);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    call();
    return super.rename(from, to);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    call();
    return super.delete(path, recursive);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    call();
    return super.listStatus(path);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    call();
    return super.mkdirs(path, permission);
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    call();
    return super.mkdirs(path);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    call();
    return super.getFileStatus(path);
  }

  private final class FaultyStream extends OutputStream {
    private final OutputStream out;

    FaultyStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
      call();
      out.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      call();
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      call();
      out.close();
    }
  }
}
