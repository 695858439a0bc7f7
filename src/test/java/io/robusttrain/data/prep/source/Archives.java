package io.robusttrain.data.prep.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Builds small archives and images for tests. */
public final class Archives {
  private Archives() {}

  /** A tar of the given entries in order. */
  public static byte[] tar(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        TarArchiveEntry header = new TarArchiveEntry(entry.getKey(), true);
        header.setSize(entry.getValue().length);
        tar.putArchiveEntry(header);
        tar.write(entry.getValue());
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Writes bytes as they are, or compressed as the name's ending says. */
  public static Path write(Path file, byte[] content) throws IOException {
    String name = file.getFileName().toString();
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out =
            name.endsWith(".gz")
                ? new GZIPOutputStream(raw)
                : name.endsWith(".xz") ? new XZOutputStream(raw, new LZMA2Options(1)) : raw) {
      out.write(content);
    }
    return file;
  }

  /** A drawn PNG of 8 x 8 pixels, different for each number. */
  public static byte[] image(int number) {
    return new SyntheticImages(10, 8, 7, SyntheticImages.Format.PNG).encoded("fixture", number);
  }

  /** Text as bytes. */
  public static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }
}
