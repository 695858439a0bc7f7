package io.robusttrain.app;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.Seekable;

/**
 * The local file system as scheme {@code faulty}. The threads that load images see other bytes than
 * the threads that plan a run, so a fault comes up when the run is under way.
 */
public final class FaultyReadsFileSystem extends RawLocalFileSystem {
  /** What becomes of a file. */
  public interface Fault {
    /**
     * The bytes that are read.
     *
     * @throws IOException as the file system throws it
     */
    byte[] apply(byte[] whole) throws IOException;
  }

  private static final Map<String, Fault> FAULTS = new ConcurrentHashMap<>();

  static {
    Configuration.addDefaultResource("faulty-reads-file-system.xml");
  }

  /** Makes the scheme known. */
  public static String uri(java.nio.file.Path folder) {
    return "faulty://" + folder.toUri().getPath();
  }

  /** Puts a fault on a file, named with its folder, in place of all others. */
  public static void put(String name, Fault fault) {
    FAULTS.clear();
    FAULTS.put(name, fault);
  }

  public static void clear() {
    FAULTS.clear();
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public URI getUri() {
    return URI.create("faulty:///");
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    FileStatus whole = super.getFileStatus(path);
    Fault fault = fault(path);
    return plain(whole, fault == null ? whole.getLen() : bytes(path, fault).length);
  }

  /** The superclass's own statuses ask for permissions of files of its own scheme. */
  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    FileStatus[] found = super.listStatus(path);
    for (int i = 0; i < found.length; i++) {
      found[i] = plain(found[i], found[i].getLen());
    }
    return found;
  }

  private static FileStatus plain(FileStatus status, long length) {
    return new FileStatus(
        length, status.isDirectory(), 1, 1 << 20, status.getModificationTime(), status.getPath());
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    Fault fault = fault(path);
    return fault == null
        ? super.open(path, bufferSize)
        : new FSDataInputStream(new Bytes(bytes(path, fault)));
  }

  private static Fault fault(Path path) {
    String thread = Thread.currentThread().getName();
    boolean loads = thread.startsWith("load-") || thread.startsWith("decode-");
    return loads ? FAULTS.get(path.getParent().getName() + "/" + path.getName()) : null;
  }

  private byte[] bytes(Path path, Fault fault) throws IOException {
    return fault.apply(Files.readAllBytes(pathToFile(path).toPath()));
  }

  /** The file that is not there. */
  @SuppressWarnings("DoNotCallSuggester") // a fault like others
  static byte[] vanished(byte[] whole) throws IOException {
    throw new FileNotFoundException("no file of " + whole.length + " bytes");
  }

  private static final class Bytes extends ByteArrayInputStream
      implements Seekable, PositionedReadable {
    Bytes(byte[] bytes) {
      super(bytes);
    }

    @Override
    public void seek(long position) throws IOException {
      if (position > count) {
        throw new EOFException("no byte " + position);
      }
      pos = (int) position;
    }

    @Override
    public long getPos() {
      return pos;
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
      seek(position);
      return read(buffer, offset, length);
    }

    @Override
    public void readFully(long position, byte[] buffer, int offset, int length) throws IOException {
      seek(position);
      if (readNBytes(buffer, offset, length) < length) {
        throw new EOFException("the file ends");
      }
    }

    @Override
    public void readFully(long position, byte[] buffer) throws IOException {
      readFully(position, buffer, 0, buffer.length);
    }
  }
}
