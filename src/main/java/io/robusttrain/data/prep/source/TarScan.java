package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/**
 * One pass over a tar archive. Entries of an uncompressed archive are addressed in place; those of
 * a gzip or xz archive, which cannot be entered in the middle, are copied to the spill folder when
 * a visitor asks for their place.
 */
final class TarScan {
  /** Sees each regular file of the archive, in archive order. */
  interface Visitor {
    /**
     * Takes one file.
     *
     * @param parts components of the entry's name, at least one
     * @param content valid during this call
     */
    void visit(List<String> parts, Content content) throws IOException;
  }

  private static final int RECORD = 512;

  /** As much as the strongest preset of xz needs, and half as much again. */
  private static final int XZ_MEMORY_KIB = 100 << 10;

  private static final int MOST_TEXT = 1 << 26;

  private final Configuration conf;
  private final Path archive;
  private final SpillFolder spill;

  TarScan(Configuration conf, Path archive, SpillFolder spill) {
    this.conf = conf;
    this.archive = archive;
    this.spill = spill;
  }

  /**
   * Visits every regular file.
   *
   * @throws DataException for a missing or damaged archive, links, unsafe or repeated names and
   *     decompression bombs
   */
  void forEachFile(Visitor visitor) throws IOException {
    FileSystem fs = archive.getFileSystem(conf);
    try (FSDataInputStream file = fs.open(archive)) {
      InputStream plain = decompressed(file);
      scan(plain, plain == file, fs.getFileStatus(archive).getLen(), visitor);
    } catch (FileNotFoundException e) {
      throw new DataException(archive + ": no such file", e);
    }
  }

  private void scan(InputStream plain, boolean seekable, long length, Visitor visitor)
      throws IOException {
    Set<String> names = new HashSet<>();
    String entryName = "(start)";
    long end = 0;
    try (TarArchiveInputStream tar = new TarArchiveInputStream(plain)) {
      for (TarArchiveEntry entry; (entry = nextEntry(tar, entryName)) != null; ) {
        entryName = entry.getName();
        end = end(tar, entry);
        if (entry.isGlobalPaxHeader()) {
          continue;
        }
        List<String> parts = ImageNames.safeParts(archive.toString(), entryName);
        if (entry.isDirectory()) {
          continue;
        }
        requirePlain(archive.toString(), entry);
        if (parts.isEmpty()) {
          throw new DataException(archive + ": entry without a name");
        }
        if (!names.add(String.join("/", parts))) {
          throw new DataException(
              archive + ": two entries are named '" + entryName + "'; repack the archive");
        }
        if (seekable && entry.getSize() > length - tar.getBytesRead()) {
          throw new DataException(
              "%s: entry '%s' states %d bytes, but the archive ends %d bytes after its header; it is cut short or damaged: fetch it again or check its checksum"
                  .formatted(archive, entryName, entry.getSize(), length - tar.getBytesRead()));
        }
        visitor.visit(parts, new Content(tar, entry, seekable ? tar.getBytesRead() : -1));
      }
      requireEndMark(archive.toString(), tar, end);
    }
  }

  /**
   * Images lie in plain files.
   *
   * @throws DataException for links, devices, pipes and sparse files
   */
  static void requirePlain(String archive, TarArchiveEntry entry) {
    boolean special =
        entry.isSymbolicLink()
            || entry.isLink()
            || entry.isCharacterDevice()
            || entry.isBlockDevice()
            || entry.isFIFO()
            || entry.isSparse()
            || !entry.isFile();
    if (special) {
      throw new DataException(
          "%s: entry '%s' is a link or special file; repack the archive with plain files (tar -h)"
              .formatted(archive, entry.getName()));
    }
  }

  /** Position behind the padded data of the entry whose header was read last. */
  static long end(TarArchiveInputStream tar, TarArchiveEntry entry) {
    return tar.getBytesRead() + (entry.getSize() + RECORD - 1) / RECORD * RECORD;
  }

  /**
   * The library takes a file that stops between two entries for a whole archive; a whole one has a
   * block of zeros behind its last entry.
   *
   * @throws DataException when there is none
   */
  static void requireEndMark(String archive, TarArchiveInputStream tar, long end) {
    if (tar.getBytesRead() < end + RECORD) {
      throw new DataException(
          archive + ": has no end mark, it was cut short; fetch it again or check its checksum");
    }
  }

  private TarArchiveEntry nextEntry(TarArchiveInputStream tar, String previous) {
    try {
      return tar.getNextEntry();
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(
          "%s: not a readable tar archive behind entry '%s' (%s); fetch it again or check its checksum"
              .formatted(archive, previous, e.getMessage()),
          e);
    }
  }

  /** The tar stream itself: the same object when the archive is not compressed. */
  private InputStream decompressed(FSDataInputStream file) throws IOException {
    byte[] magic = new byte[6];
    int n = file.readNBytes(magic, 0, magic.length);
    file.seek(0);
    if (n >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return unpacked(file, new GZIPInputStream(file, 1 << 16));
    }
    if (n == 6 && (magic[0] & 0xff) == 0xfd && magic[1] == '7' && magic[2] == 'z') {
      try {
        return unpacked(file, new XZInputStream(new BufferedInputStream(file), XZ_MEMORY_KIB));
      } catch (MemoryLimitException e) {
        throw new DataException(
            "%s: needs %d KiB of memory to unpack, more than %d; unpack it and give the folder"
                .formatted(archive, e.getMemoryNeeded(), XZ_MEMORY_KIB),
            e);
      }
    }
    return file;
  }

  private InputStream unpacked(FSDataInputStream file, InputStream unpacking) {
    return new BufferedInputStream(
        new UnpackedStream(archive.toString(), unpacking, file), 1 << 16);
  }

  /** The bytes of the current entry: either read as a stream or given a place, not both. */
  final class Content {
    private final TarArchiveInputStream tar;
    private final TarArchiveEntry entry;
    private final long offset;

    private Content(TarArchiveInputStream tar, TarArchiveEntry entry, long offset) {
      this.tar = tar;
      this.entry = entry;
      this.offset = offset;
    }

    /** The bytes as a stream; the caller does not close it. */
    InputStream stream() {
      return tar;
    }

    /**
     * All bytes of a small file, such as a list of labels.
     *
     * @throws DataException for more than 64 MiB
     */
    byte[] bytes() throws IOException {
      if (entry.getSize() > MOST_TEXT) {
        throw new DataException(
            "%s: entry '%s' states %d bytes, too many for a list of names or labels"
                .formatted(archive, entry.getName(), entry.getSize()));
      }
      return tar.readAllBytes();
    }

    /** Position of the first byte in the archive file, or -1 when the archive is compressed. */
    long offset() {
      return offset;
    }

    /** A lasting place of the bytes, spilled there when the archive is compressed. */
    Origin.FileRange origin() throws IOException {
      if (entry.getSize() > Integer.MAX_VALUE) {
        throw new DataException(
            "%s: entry '%s' is larger than 2 GiB, not an image"
                .formatted(archive, entry.getName()));
      }
      int length = (int) entry.getSize();
      if (offset >= 0) {
        return new Origin.FileRange(archive.toString(), offset, length);
      }
      try {
        return spill.add(tar, length);
      } catch (IOException e) {
        throw new DataException(
            "%s: cannot read entry '%s' (%s)".formatted(archive, entry.getName(), e.getMessage()),
            e);
      }
    }
  }
}
