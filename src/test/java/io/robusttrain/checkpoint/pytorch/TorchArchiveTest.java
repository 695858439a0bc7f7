package io.robusttrain.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives whose parts do not fit each other, packed by the JDK from a sound one. */
class TorchArchiveTest {
  private static final String SOUND = "odd_tensors.pth";

  @TempDir Path folder;

  @Test
  void packedAgainItReadsAsBefore() throws IOException {
    try (PyTorchFile file = PyTorchFiles.open(packed(ZipEntry.STORED, parts -> {}))) {
      assertThat(file.floats("view")).containsExactly(6, 8, 10, 12, 14, 16);
    }
  }

  @Test
  void aStorageOfAnotherSizeIsRefused() throws IOException {
    for (int bytes : new int[] {0, 92, 95, 97, 100, 9600}) {
      assertRefused(
          parts -> parts.put("odd_tensors/data/0", new byte[bytes]),
          "storage '0' has %d bytes, expected 24 elements of F32".formatted(bytes));
    }
    assertRefused(parts -> parts.remove("odd_tensors/data/1"), "has no storage '1'");
  }

  @Test
  void aStorageKeyCannotLeadElsewhere() throws IOException {
    assertRefused(
        parts -> {
          String pickle = latin1(parts.get("odd_tensors/data.pkl"));
          String changed = pickle.replace("X\1\0\0\0" + "0q", "X\7\0\0\0" + "../byteq");
          assertThat(changed).isNotEqualTo(pickle);
          parts.put("odd_tensors/data.pkl", changed.getBytes(StandardCharsets.ISO_8859_1));
        },
        "has no storage '../byte'");
  }

  @Test
  void wordsThatAreUnknownAreRefused() throws IOException {
    assertRefused(parts -> word(parts, "version", "11\n"), "version '11', known are 1 to 10");
    assertRefused(parts -> word(parts, "version", "x"), "version 'x'");
    assertRefused(parts -> parts.remove("odd_tensors/version"), "version ''");
    assertRefused(parts -> word(parts, "byteorder", "middle"), "neither little nor big");
    assertRefused(parts -> word(parts, "byteorder", "little".repeat(20)), "120 bytes");
  }

  @Test
  void filesFromBeforeTheWordByteorderAreLittleEndian() throws IOException {
    Path file = packed(ZipEntry.STORED, parts -> parts.remove("odd_tensors/byteorder"));
    try (PyTorchFile open = PyTorchFiles.open(file)) {
      assertThat(PyTorchFiles.longs(open, "i32")).startsWith(0, 1, 2);
    }
  }

  @Test
  void compressedPartsAreRefused() throws IOException {
    Path file = packed(ZipEntry.DEFLATED, parts -> {});
    assertThatThrownBy(() -> PyTorchFiles.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("compressed or encrypted", "torch.save");
  }

  @Test
  void twoPartsOfOneNameAreRefused() throws IOException {
    Path file = packed(ZipEntry.STORED, parts -> parts.put("odd_tensors/data/X", new byte[96]));
    String twice = latin1(Files.readAllBytes(file)).replace("data/X", "data/0");
    Files.write(file, twice.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> PyTorchFiles.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("two entries named 'odd_tensors/data/0'");
  }

  @Test
  void twoPicklesAreRefused() throws IOException {
    assertRefused(
        parts -> parts.put("other/data.pkl", parts.get("odd_tensors/data.pkl")),
        "it has 2 entries");
  }

  @Test
  void aFailingFileSystemIsNoFaultOfTheFile() {
    org.apache.hadoop.fs.Path path =
        new org.apache.hadoop.fs.Path(PyTorchFiles.path(SOUND).toUri());
    for (int readable : new int[] {0, 1, 2, 3}) {
      RawLocalFileSystem failing = new FailingFileSystem(readable);
      failing.setConf(new Configuration(false));
      assertThatThrownBy(
              () -> {
                try (PyTorchFile file = PyTorchFile.open(failing, path, Optional.empty())) {
                  PyTorchFiles.readAll(file);
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessage("the disk is gone");
    }
  }

  /** A disk that answers some reads and fails from then on. */
  private static final class FailingFileSystem extends RawLocalFileSystem {
    private int readable;

    FailingFileSystem(int readable) {
      this.readable = readable;
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
        throws IOException {
      byte[] content = Files.readAllBytes(Path.of(path.toUri().getPath()));
      return new FSDataInputStream(
          new FSInputStream() {
            private long position;

            @Override
            public void seek(long target) {
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
            public int read() throws IOException {
              throw new EOFException("not used");
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
              if (readable-- <= 0) {
                throw new IOException("the disk is gone");
              }
              int count = (int) Math.min(length, content.length - position);
              System.arraycopy(content, (int) position, target, offset, count);
              position += count;
              return count;
            }
          });
    }
  }

  private void assertRefused(Consumer<Map<String, byte[]>> change, String what) throws IOException {
    Path file = packed(ZipEntry.STORED, change);
    assertThatThrownBy(() -> PyTorchFiles.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("packed.pth", what);
  }

  private static void word(Map<String, byte[]> parts, String name, String value) {
    parts.put("odd_tensors/" + name, value.getBytes(StandardCharsets.UTF_8));
  }

  private Path packed(int method, Consumer<Map<String, byte[]>> change) throws IOException {
    Map<String, byte[]> parts = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(PyTorchFiles.path(SOUND).toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        parts.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    change.accept(parts);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> part : parts.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(part.getValue());
        ZipEntry entry = new ZipEntry(part.getKey());
        entry.setMethod(method);
        entry.setSize(part.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(part.getValue());
        zip.closeEntry();
      }
    }
    return Files.write(folder.resolve("packed.pth"), bytes.toByteArray());
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
