package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.ZipFile;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** The files of the test resources that PyTorch wrote. */
final class PyTorchFiles {
  private static final FileSystem LOCAL = local();

  private PyTorchFiles() {}

  static Path path(String name) {
    try {
      return Path.of(PyTorchFiles.class.getResource("/pytorch-files/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(path(name));
  }

  static PyTorchFile open(String name) throws IOException {
    return open(path(name));
  }

  static PyTorchFile open(String name, String key) throws IOException {
    return PyTorchFile.open(LOCAL, hadoop(path(name)), Optional.of(key));
  }

  /** Opens a file without looking up its file system anew, for tests that open thousands. */
  static PyTorchFile open(Path path) throws IOException {
    return PyTorchFile.open(LOCAL, hadoop(path), Optional.empty());
  }

  private static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  private static FileSystem local() {
    try {
      return Storage.fileSystem(new org.apache.hadoop.fs.Path("file:///"), new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The pickle of a file, taken out with the JDK's zip reader. */
  static byte[] pickle(String name) throws IOException {
    try (ZipFile zip = new ZipFile(path(name).toFile())) {
      String entry =
          zip.stream().filter(e -> e.getName().endsWith("/data.pkl")).findFirst().get().getName();
      try (InputStream in = zip.getInputStream(zip.getEntry(entry))) {
        return in.readAllBytes();
      }
    }
  }

  /** A whole integer or boolean tensor, row-major, widened to 64 bits; U8 is unsigned. */
  static long[] longs(PyTorchFile file, String tensor) throws IOException {
    TensorSpec spec = file.spec(tensor);
    return SafetensorsFiles.longs(spec.dtype(), file.bytes(spec));
  }

  /** Reads every tensor, so that nothing is left unread. */
  static void readAll(PyTorchFile file) throws IOException {
    for (TensorSpec spec : file.tensors()) {
      switch (spec.dtype()) {
        case F64, F32, F16, BF16 -> file.floats(spec.name());
        case I64, I32, I16, I8, U8, BOOL -> longs(file, spec.name());
      }
    }
  }
}
