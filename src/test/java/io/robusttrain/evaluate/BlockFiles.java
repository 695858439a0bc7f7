package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        stages,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!file.getFileName().toString().startsWith(".")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          /** A file that is being written is renamed at any time. */
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    return files;
  }
}
