package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What an evaluation left in its output directory. */
public final class BlockFiles {
  private BlockFiles() {}

  /** The outcome of every block by file, without what differs from run to run: the time. */
  public static Map<String, String> outcomes(Path output) throws IOException {
    Map<String, String> blocks = new TreeMap<>();
    for (Path file : files(output)) {
      ObjectNode block = (ObjectNode) new ObjectMapper().readTree(file.toFile());
      block.remove(List.of("seconds", "sha256"));
      blocks.put(output.relativize(file).toString(), block.toString());
    }
    return blocks;
  }

  /** The content of every block's file. */
  public static Map<String, String> contents(Path output) throws IOException {
    Map<String, String> blocks = new TreeMap<>();
    for (Path file : files(output)) {
      blocks.put(output.relativize(file).toString(), Files.readString(file));
    }
    return blocks;
  }

  private static List<Path> files(Path output) throws IOException {
    Path stages = output.resolve("stages");
    if (!Files.exists(stages)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(stages)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .toList();
    }
  }
}
