package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder that {@code docker/Dockerfile} makes, of links to what {@code mvn package} left. */
final class ImageCopy {
  private static final Path PROJECT = Path.of("").toAbsolutePath();

  private ImageCopy() {}

  static Path in(Path folder) throws IOException {
    Path image = folder.resolve("image");
    Path target = Files.createDirectories(image.resolve("target"));
    for (String name : new String[] {"app-lib", "spark-home"}) {
      Files.createSymbolicLink(target.resolve(name), PROJECT.resolve("target").resolve(name));
    }
    Files.createSymbolicLink(image.resolve("spark-submit"), PROJECT.resolve("spark-submit"));
    try (DirectoryStream<Path> jars =
        Files.newDirectoryStream(PROJECT.resolve("target"), "robusttrain-*SNAPSHOT.jar")) {
      for (Path jar : jars) {
        Files.createSymbolicLink(target.resolve("robusttrain.jar"), jar);
      }
    }
    assertThat(target.resolve("robusttrain.jar")).exists();
    return image;
  }
}
