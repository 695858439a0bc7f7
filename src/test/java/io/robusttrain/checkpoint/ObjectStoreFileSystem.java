package io.robusttrain.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * An object store in memory that is as little a file system as S3 is: an object appears when its
 * stream is closed and replaces what was there; a create that must not overwrite looks only when it
 * begins; a rename copies object after object and then deletes one after another; there is no
 * append; a directory is what the names of objects begin with, or an empty marker. Listings are
 * consistent. Scheme {@code objectstore}, a bucket each authority.
 */
public final class ObjectStoreFileSystem extends FileSystem {
  static final String SCHEME = "objectstore";
  private static final Map<String, NavigableMap<String, byte[]>> BUCKETS =
      new ConcurrentHashMap<>();
  private static final Map<String, LongAdder> READ = new ConcurrentHashMap<>();
  private static final Map<String, LongAdder> WRITTEN = new ConcurrentHashMap<>();

  private URI uri;

  /** Settings under which Hadoop finds this file system. */
  static Configuration settings() {
    Configuration conf = new Configuration();
    conf.setClass("fs.objectstore.impl", ObjectStoreFileSystem.class, FileSystem.class);
    return conf;
  }

  /** Makes the scheme known to every configuration. */
  public static void register() {
    Configuration.addDefaultResource("object-store-file-system.xml");
  }

  /** Bytes read so far of all objects whose path has a text in it. */
  public static long bytesRead(String part) {
    return sum(READ, part);
  }

  /** Bytes written so far to all objects whose path has a text in it. */
  public static long bytesWritten(String part) {
    return sum(WRITTEN, part);
  }

  private static long sum(Map<String, LongAdder> counts, String part) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().contains(part))
        .mapToLong(entry -> entry.getValue().sum())
        .sum();
  }

  private void count(Map<String, LongAdder> counts, String key, long bytes) {
    counts.computeIfAbsent(uri + "/" + key, object -> new LongAdder()).add(bytes);
  }

  /** All objects of a bucket by key; keys of markers end in a slash. */
  public static NavigableMap<String, byte[]> bucket(String authority) {
    return BUCKETS.computeIfAbsent(authority, name -> new ConcurrentSkipListMap<>());
  }

  @Override
  public void initialize(URI name, Configuration conf) throws IOException {
    super.initialize(name, conf);
    uri = URI.create(SCHEME + "://" + name.getAuthority());
    setConf(conf);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public URI getUri() {
    return uri;
  }

  private NavigableMap<String, byte[]> objects() {
    return bucket(uri.getAuthority());
  }

  private static String key(Path path) {
    return path.toUri().getPath().substring(1);
  }

  private static String prefix(Path path) {
    return key(path).isEmpty() ? "" : key(path) + "/";
  }

  private NavigableMap<String, byte[]> below(Path path) {
    String prefix = prefix(path);
    return objects().subMap(prefix, true, prefix + Character.MAX_VALUE, false);
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    byte[] bytes = objects().get(key(path));
    if (bytes == null) {
      throw new FileNotFoundException("No such object: " + path);
    }
    return new FSDataInputStream(new ObjectInput(key(path), bytes));
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
    if (!overwrite && objects().containsKey(key(path))) {
      throw new FileAlreadyExistsException(path + " already exists");
    }
    if (!below(path).isEmpty()) {
      throw new FileAlreadyExistsException(path + " is a directory");
    }
    return new FSDataOutputStream(new ObjectOutput(key(path)), null);
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException("Append is not supported by " + SCHEME);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    copy(from, to, Integer.MAX_VALUE);
    return delete(from, true);
  }

  /** The first part of a rename: copies up to {@code limit} objects. */
  void copy(Path from, Path to, int limit) throws IOException {
    Path target = exists(to) && getFileStatus(to).isDirectory() ? new Path(to, from.getName()) : to;
    byte[] object = objects().get(key(from));
    if (object != null) {
      objects().put(key(target), object);
      return;
    }
    int copied = 0;
    for (Map.Entry<String, byte[]> entry : List.copyOf(below(from).entrySet())) {
      if (copied++ < limit) {
        objects()
            .put(
                prefix(target) + entry.getKey().substring(prefix(from).length()), entry.getValue());
      }
    }
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    boolean found = objects().remove(key(path)) != null;
    List<String> keys = List.copyOf(below(path).keySet());
    if (!recursive && keys.stream().anyMatch(key -> !key.equals(prefix(path)))) {
      throw new IOException(path + " is not empty");
    }
    keys.forEach(objects()::remove);
    return found || !keys.isEmpty();
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    FileStatus self = getFileStatus(path);
    if (self.isFile()) {
      return new FileStatus[] {self};
    }
    List<FileStatus> children = new ArrayList<>();
    String last = "";
    for (Map.Entry<String, byte[]> entry : below(path).entrySet()) {
      String rest = entry.getKey().substring(prefix(path).length());
      int slash = rest.indexOf('/');
      String name = slash < 0 ? rest : rest.substring(0, slash);
      if (!name.isEmpty() && !name.equals(last)) {
        Path child = new Path(path, name);
        children.add(slash < 0 ? file(child, entry.getValue()) : directory(child));
        last = name;
      }
    }
    return children.toArray(new FileStatus[0]);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    objects().put(prefix(path), new byte[0]);
    return true;
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    byte[] object = objects().get(key(path));
    if (object != null) {
      return file(path, object);
    }
    if (key(path).isEmpty() || !below(path).isEmpty()) {
      return directory(path);
    }
    throw new FileNotFoundException("No such object: " + path);
  }

  private FileStatus file(Path path, byte[] object) {
    return new FileStatus(object.length, false, 1, 1 << 20, 0, makeQualified(path));
  }

  private FileStatus directory(Path path) {
    return new FileStatus(0, true, 1, 0, 0, makeQualified(path));
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw new UnsupportedOperationException("There is no working directory.");
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path("/");
  }

  /** Nothing is visible before the close, which is never undone. */
  private final class ObjectOutput extends OutputStream implements Abortable, StreamCapabilities {
    private final String key;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean closed;

    ObjectOutput(String key) {
      this.key = key;
    }

    @Override
    public void write(int value) {
      bytes.write(value);
    }

    @Override
    public void write(byte[] values, int offset, int length) {
      bytes.write(values, offset, length);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        objects().put(key, bytes.toByteArray());
        count(WRITTEN, key, bytes.size());
      }
    }

    @Override
    public AbortableResult abort() {
      closed = true;
      return new AbortableResult() {
        @Override
        public boolean alreadyClosed() {
          return false;
        }

        @Override
        public IOException anyCleanupException() {
          return null;
        }
      };
    }

    @Override
    public boolean hasCapability(String capability) {
      return capability.equals(StreamCapabilities.ABORTABLE_STREAM);
    }
  }

  private final class ObjectInput extends FSInputStream {
    private final String key;
    private final byte[] bytes;
    private ByteArrayInputStream in;
    private long position;

    ObjectInput(String key, byte[] bytes) {
      this.key = key;
      this.bytes = bytes;
      this.in = new ByteArrayInputStream(bytes);
    }

    @Override
    public void seek(long target) throws IOException {
      if (target < 0 || target > bytes.length) {
        throw new EOFException("Position " + target + " is outside the object.");
      }
      in = new ByteArrayInputStream(bytes, (int) target, bytes.length - (int) target);
      position = target;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public int read() {
      int value = in.read();
      position += value < 0 ? 0 : 1;
      count(READ, key, value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = in.read(target, offset, length);
      position += Math.max(count, 0);
      count(READ, key, Math.max(count, 0));
      return count;
    }
  }
}
