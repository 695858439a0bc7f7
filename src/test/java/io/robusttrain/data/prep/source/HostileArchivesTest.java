package io.robusttrain.data.prep.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Archives that somebody made to do harm. */
@Tag("slow")
class HostileArchivesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/passwd",
        "/etc/passwd",
        "train/../../cat/a.png",
        "C:\\windows\\a.png",
        "train\\..\\a.png",
        "train/cat/new\nline.png",
        "train/cat/escape\u001b[2J.png",
        "../folder/"
      })
  void namesThatLeadOutOfTheArchiveOrCannotBeShown(String name) throws IOException {
    int size = name.endsWith("/") ? 0 : 3;
    Path tar = write("names.tar", entry(name, TarConstants.LF_NORMAL, "", size));
    assertThatThrownBy(() -> scan(tar))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("names.tar: entry '")
        .satisfies(
            e -> assertThat(e.getMessage().chars().noneMatch(Character::isISOControl)).isTrue());
  }

  @ParameterizedTest
  @CsvSource({"2, ../../etc/passwd", "1, /etc/passwd", "3, ''", "4, ''", "6, ''"})
  void refusesLinksDevicesAndPipes(int kind, String target) throws IOException {
    byte[] header = entry("train/cat/a.png", (byte) ('0' + kind), target, 0);
    Path tar = write("links.tar", header);
    assertThatThrownBy(() -> scan(tar))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("entry 'train/cat/a.png' is a link or special file", "tar -h");
  }

  @Test
  void refusesNamesThatComeTwice() throws IOException {
    Path tar =
        write(
            "twice.tar",
            entry("train/cat/a.png", TarConstants.LF_NORMAL, "", 3),
            entry("./train//cat/a.png", TarConstants.LF_NORMAL, "", 4));
    assertThatThrownBy(() -> scan(tar))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("two entries are named './train//cat/a.png'");
  }

  @Test
  void refusesSizesThatTheArchiveDoesNotHave() throws IOException {
    byte[] tar = entry("train/cat/a.png", TarConstants.LF_NORMAL, "", 3);
    // The size is eleven octal digits at 124; the checksum of the header, six at 148.
    System.arraycopy("77777777777".getBytes(StandardCharsets.US_ASCII), 0, tar, 124, 11);
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += i >= 148 && i < 156 ? ' ' : tar[i] & 0xff;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, tar, 148, 8);
    Path file = write("huge.tar", tar);
    assertThatThrownBy(() -> scan(file))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("states 8589934591 bytes, but the archive ends");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz"})
  void refusesBombs(String kind) throws IOException {
    Path file = folder.resolve("bomb.tar." + kind);
    try (OutputStream out = Files.newOutputStream(file);
        OutputStream packed =
            kind.equals("gz")
                ? new GZIPOutputStream(out)
                : new XZOutputStream(out, new LZMA2Options(0));
        TarArchiveOutputStream tar = new TarArchiveOutputStream(packed)) {
      TarArchiveEntry header = new TarArchiveEntry("train/cat/a.png", true);
      header.setSize(UnpackedStream.FREE_BYTES * 2);
      tar.putArchiveEntry(header);
      byte[] zeros = new byte[1 << 20];
      for (long i = 0; i < header.getSize(); i += zeros.length) {
        tar.write(zeros);
      }
      tar.closeArchiveEntry();
    }
    assertThat(Files.size(file)).isLessThan(1 << 20);
    assertThatThrownBy(() -> scan(file))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("bomb.tar." + kind, "decompression bomb", "100 times");
    Consumer<TarScan.Content> spills =
        content -> {
          try {
            content.origin();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    assertThatThrownBy(() -> scan(file, spills)).isInstanceOf(DataException.class);
  }

  @Test
  void refusesListsThatAreTooLongToBeLists() throws IOException {
    byte[] tar = entry("labels.txt", TarConstants.LF_NORMAL, "", 70 << 20);
    Path file = write("labels.tar", tar);
    Consumer<TarScan.Content> reads =
        content -> {
          try {
            content.bytes();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    assertThatThrownBy(() -> scan(file, reads))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("too many for a list of names or labels");
  }

  @Test
  void refusesAnXzArchiveThatNeedsTooMuchMemory() throws IOException {
    Path file = folder.resolve("memory.tar.xz");
    ByteArrayOutputStream small = new ByteArrayOutputStream();
    try (XZOutputStream xz = new XZOutputStream(small, new LZMA2Options(0))) {
      xz.write(entry("a", TarConstants.LF_NORMAL, "", 1));
    }
    byte[] bytes = small.toByteArray();
    // Behind the stream's header: size and flags of the block's header, filter, size of properties.
    bytes[12 + 4] = 40; // dictionary of 4 GiB - 1
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    int length = (bytes[12] + 1) * 4 - 4;
    crc.update(bytes, 12, length);
    java.nio.ByteBuffer.wrap(bytes)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putInt(12 + length, (int) crc.getValue());
    Files.write(file, bytes);
    assertThatThrownBy(() -> scan(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("memory");
  }

  private void scan(Path tar) throws IOException {
    scan(tar, content -> {});
  }

  private void scan(Path tar, Consumer<TarScan.Content> visit) throws IOException {
    Configuration conf = new Configuration(false);
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(tar.toUri());
    try (SpillFolder spill =
        new SpillFolder(conf, new org.apache.hadoop.fs.Path(folder.resolve("spill").toUri()))) {
      new TarScan(conf, path, spill).forEachFile((parts, content) -> visit.accept(content));
    }
    try (var files = Files.walk(folder)) {
      List<Path> outside = new ArrayList<>();
      files.filter(f -> f.toString().contains("passwd")).forEach(outside::add);
      assertThat(outside).isEmpty();
    }
  }

  private Path write(String name, byte[]... entries) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (byte[] entry : entries) {
        out.write(entry);
      }
      out.write(new byte[1024]);
    }
    return file;
  }

  /** Header and data of one entry, without the end mark. */
  private static byte[] entry(String name, byte kind, String target, int size) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);
    TarArchiveEntry entry = new TarArchiveEntry(name, kind, true);
    entry.setLinkName(target);
    entry.setSize(size);
    tar.putArchiveEntry(entry);
    tar.write(new byte[size]);
    tar.closeArchiveEntry();
    tar.close();
    return java.util.Arrays.copyOf(bytes.toByteArray(), 512 + (size + 511) / 512 * 512);
  }
}
