package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Whether two run directories hold the same run. */
public final class RunComparison {
  private RunComparison() {}

  /** Every figure but times and memory, and every bit of every file of weights and moments. */
  public static void assertSame(Path run, Path expected) throws IOException {
    assertThat(lines(run)).containsExactlyElementsOf(lines(expected));
    List<String> files = tensorFiles(expected);
    assertThat(files).contains("best/model.safetensors");
    assertThat(tensorFiles(run)).containsExactlyElementsOf(files);
    for (String file : files) {
      assertThat(tensors(run.resolve(file))).as(file).isEqualTo(tensors(expected.resolve(file)));
    }
  }

  /** The lines of the metrics without times and memory. */
  public static List<String> lines(Path run) throws IOException {
    try (Stream<String> lines = Files.lines(run.resolve("metrics.jsonl"))) {
      return lines
          .map(
              line ->
                  line.replaceAll(
                      "\"(seconds|rss_mb|images_per_s|data_wait_share)\":[^,}]+", "\"$1\":0"))
          .toList();
    }
  }

  /** The bytes of every tensor of a file. */
  public static Map<String, ByteBuffer> tensors(Path file) throws IOException {
    Map<String, ByteBuffer> tensors = new TreeMap<>();
    try (SafetensorsFile model = SafetensorsFiles.open(file)) {
      for (TensorSpec spec : model.tensors()) {
        tensors.put(spec.name(), ByteBuffer.wrap(model.bytes(spec.name())));
      }
    }
    return tensors;
  }

  /**
   * A copy of a run that was killed when this checkpoint was its newest: later checkpoints are not
   * there, everything else that later steps left is.
   */
  public static void copyAsKilled(Path run, Path copy, String newest) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.toList()) {
        Path relative = run.relativize(file);
        boolean later =
            relative.startsWith("checkpoints")
                && relative.getNameCount() > 1
                && relative.getName(1).toString().compareTo(newest) > 0;
        if (!later) {
          Files.copy(file, copy.resolve(relative.toString()));
        }
      }
    }
    assertThat(copy.resolve("checkpoints").resolve(newest)).isDirectory();
  }

  private static List<String> tensorFiles(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .map(file -> run.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
