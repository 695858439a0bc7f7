package io.robusttrain.doctor.check;

import io.robusttrain.base.ByteUnit;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/** The folder into which JavaCPP unpacks the native libraries. */
public record CacheCheck() implements Check<CacheCheck.Facts> {
  private static final long NEEDED = 1L << 30;

  /**
   * @param unpacked whether the libraries are there already
   * @param problem empty, or why nothing can be written
   */
  record Facts(String folder, boolean unpacked, long freeBytes, String problem)
      implements Serializable {}

  @Override
  public String name() {
    return "cache";
  }

  @Override
  public Facts examine(Place place) throws IOException {
    File folder = Loader.getCacheDir();
    String[] found = folder.list((any, name) -> name.startsWith("mkl") && name.contains("redist"));
    return new Facts(
        folder.getPath(),
        found != null && found.length > 0,
        folder.getUsableSpace(),
        writeProblem(folder.toPath()));
  }

  static String writeProblem(Path folder) {
    try {
      Files.delete(Files.createTempFile(folder, ".doctor", ".tmp"));
      return "";
    } catch (IOException refused) {
      return Observation.text(refused);
    }
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    String elsewhere =
        "set -Dorg.bytedeco.javacpp.cachedir to a folder with 1 GB on a local disk, for driver and executors";
    if (!facts.problem().isEmpty()) {
      String text = "cannot write to %s (%s)".formatted(facts.folder(), facts.problem());
      return List.of(Finding.failed(text, elsewhere));
    }
    if (!facts.unpacked() && facts.freeBytes() < NEEDED) {
      return List.of(
          Finding.failed(
              "%s has %s free; the native libraries need 1 GB at the first use"
                  .formatted(facts.folder(), ByteUnit.rounded(facts.freeBytes())),
              elsewhere));
    }
    return List.of(
        Finding.ok(
            facts.folder()
                + (facts.unpacked()
                    ? ": libraries unpacked"
                    : ": empty, the first use unpacks 1 GB and takes about 18 s longer")));
  }

  @Override
  public String remedy() {
    return "make the home folder of the user writable, or set -Dorg.bytedeco.javacpp.cachedir";
  }
}
