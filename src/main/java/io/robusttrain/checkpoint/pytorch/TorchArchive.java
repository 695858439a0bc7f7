package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.pytorch.PickleValue.StorageRef;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * The zip archive that {@code torch.save} writes: {@code PREFIX/data.pkl}, the storages as {@code
 * PREFIX/data/KEY}, all stored without compression, and some words about itself. Each part is
 * checked against its checksum when it is read.
 */
final class TorchArchive implements Closeable {
  private static final String PICKLE = "data.pkl";
  private static final int MAX_WORD = 64;
  private static final int MAX_VERSION = 10;

  private final Refusals refusals;
  private final HadoopChannel channel;
  private final ZipFile zip;
  private final Map<String, ZipArchiveEntry> entries;
  private final String prefix;
  private final ByteOrder order;

  private TorchArchive(Refusals refusals, HadoopChannel channel, ZipFile zip) throws IOException {
    this.refusals = refusals;
    this.channel = channel;
    this.zip = zip;
    entries = entries(zip, refusals);
    prefix = prefix(entries, refusals);
    order = byteOrder();
    requireKnownVersion();
  }

  /**
   * Opens the archive in a stream, which belongs to the archive if this returns.
   *
   * @throws CheckpointException if it is not such an archive
   */
  static TorchArchive open(FSDataInputStream in, long size, Refusals refusals) throws IOException {
    HadoopChannel channel = new HadoopChannel(in, size);
    try {
      // The local headers repeat the directory; reading them would be a seek for every tensor.
      ZipFile zip =
          ZipFile.builder()
              .setSeekableByteChannel(channel)
              .setIgnoreLocalFileHeader(true)
              .setUseUnicodeExtraFields(false)
              .get();
      return new TorchArchive(refusals, channel, zip);
    } catch (IOException | IllegalArgumentException e) {
      throw explained(channel, refusals, e);
    }
  }

  /** The order of the bytes in the storages. */
  ByteOrder order() {
    return order;
  }

  /** The pickle that describes what the file holds. */
  byte[] pickle() throws IOException {
    ZipArchiveEntry entry = entries.get(prefix + PICKLE);
    if (entry.getSize() > PickleMachine.MAX_BYTES) {
      throw refusals.notOnlyWeights(
          "has a pickle of %d bytes, where %d are allowed"
              .formatted(entry.getSize(), PickleMachine.MAX_BYTES));
    }
    return read(entry);
  }

  /** Checks that a storage is there with the size that the pickle says, without reading it. */
  void require(StorageRef storage) {
    ZipArchiveEntry entry = entries.get(entryName(storage));
    if (entry == null) {
      throw refusals.damaged("it has no storage '%s'".formatted(Refusals.shown(storage.key())));
    }
    long width = storage.dtype().bytes();
    if (storage.elements() > Long.MAX_VALUE / width
        || entry.getSize() != storage.elements() * width) {
      throw refusals.damaged(
          "storage '%s' has %d bytes, expected %d elements of %s"
              .formatted(
                  Refusals.shown(storage.key()),
                  entry.getSize(),
                  storage.elements(),
                  storage.dtype()));
    }
  }

  byte[] read(StorageRef storage) throws IOException {
    require(storage);
    return read(entries.get(entryName(storage)));
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  private String entryName(StorageRef storage) {
    return prefix + "data/" + storage.key();
  }

  private static Map<String, ZipArchiveEntry> entries(ZipFile zip, Refusals refusals) {
    Map<String, ZipArchiveEntry> entries = new LinkedHashMap<>();
    for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
      if (entries.put(entry.getName(), entry) != null) {
        throw refusals.damaged(
            "it has two entries named '%s'".formatted(Refusals.shown(entry.getName())));
      }
    }
    return entries;
  }

  private static String prefix(Map<String, ZipArchiveEntry> entries, Refusals refusals) {
    List<String> prefixes =
        entries.keySet().stream()
            .filter(name -> name.indexOf('/') == name.length() - PICKLE.length() - 1)
            .filter(name -> name.endsWith("/" + PICKLE))
            .map(name -> name.substring(0, name.length() - PICKLE.length()))
            .toList();
    if (entries.keySet().stream()
        .anyMatch(name -> name.endsWith("/constants.pkl") || name.contains("/code/"))) {
      throw refusals.refused(
          "is a TorchScript program, not weights",
          "Load it with torch.jit.load and save its weights: "
              + "torch.save(program.state_dict(), 'weights.pth').");
    }
    if (prefixes.size() != 1) {
      throw refusals.refused(
          "is a zip archive that torch.save did not write: it has %d entries NAME/data.pkl, expected one"
              .formatted(prefixes.size()),
          "Name a file that torch.save wrote; unpack an archive of such files first.");
    }
    return prefixes.get(0);
  }

  private ByteOrder byteOrder() throws IOException {
    // PyTorch before 2.1 did not say; nothing but little-endian machines wrote such files.
    return switch (word("byteorder", "little")) {
      case "little" -> ByteOrder.LITTLE_ENDIAN;
      case "big" -> ByteOrder.BIG_ENDIAN;
      default -> throw refusals.damaged("its byte order is neither little nor big");
    };
  }

  private void requireKnownVersion() throws IOException {
    String version = word("version", "");
    int number = version.matches("[0-9]{1,4}") ? Integer.parseInt(version) : 0;
    if (number < 1 || number > MAX_VERSION) {
      throw refusals.refused(
          "has format version '%s', known are 1 to %d"
              .formatted(Refusals.shown(version), MAX_VERSION),
          "Save it again with a version of PyTorch that writes one of these.");
    }
  }

  private String word(String name, String missing) throws IOException {
    ZipArchiveEntry entry = entries.get(prefix + name);
    if (entry == null) {
      return missing;
    }
    if (entry.getSize() > MAX_WORD) {
      throw refusals.damaged(
          "entry '%s' has %d bytes, expected a word".formatted(name, entry.getSize()));
    }
    return new String(read(entry), StandardCharsets.UTF_8).strip();
  }

  private byte[] read(ZipArchiveEntry entry) throws IOException {
    String name = Refusals.shown(entry.getName());
    long size = entry.getSize();
    if (entry.getMethod() != ZipEntry.STORED
        || entry.getGeneralPurposeBit().usesEncryption()
        || entry.getCompressedSize() != size) {
      throw refusals.refused(
          "holds '%s' compressed or encrypted, which torch.save does not".formatted(name),
          "Use the file that torch.save wrote, not one packed again.");
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw refusals.refused(
          "holds '%s' of %d bytes, more than one array".formatted(name, size),
          "Save the weights alone: torch.save(model.state_dict(), 'weights.pth').");
    }
    byte[] bytes;
    try {
      // Asking for the stream makes the zip reader look where the data begins.
      InputStream raw = zip.getRawInputStream(entry);
      long begin = entry.getDataOffset();
      if (raw == null || begin < 0 || size < 0 || size > channel.size() - begin) {
        throw refusals.damaged("entry '%s' does not lie within it".formatted(name));
      }
      raw.close();
      bytes = new byte[(int) size];
      channel.readFully(begin, bytes);
    } catch (IOException | IllegalArgumentException e) {
      throw explained(channel, refusals, e);
    }
    requireChecksum(entry, name, bytes);
    return bytes;
  }

  private void requireChecksum(ZipArchiveEntry entry, String name, byte[] bytes) {
    CRC32 actual = new CRC32();
    actual.update(bytes);
    if (actual.getValue() == entry.getCrc()) {
      return;
    }
    if (entry.getCrc() == 0) {
      throw refusals.refused(
          "has no checksum for entry '%s'".formatted(name),
          "Save it again after torch.serialization.set_crc32_options(True).");
    }
    throw refusals.damaged("the checksum of entry '%s' is wrong".formatted(name));
  }

  /**
   * The failure of the file system, or else a refusal of the file for what the zip reader found.
   */
  private static IOException explained(
      HadoopChannel channel, Refusals refusals, Exception problem) {
    return channel
        .failure()
        .orElseThrow(
            () -> {
              // The zip reader wraps what it found in a sentence without content.
              Throwable cause = problem.getCause() == null ? problem : problem.getCause();
              return refusals.damaged(
                  "it cannot be read as a zip archive (%s)".formatted(cause.getMessage()), problem);
            });
  }
}
