package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Lists images in {@code <split>/<class>/<file>} layout in a folder or a tar archive. */
public final class FolderImporter {
  private final Configuration conf;
  private final Map<String, String> splitNames;

  /**
   * Sets up the importer.
   *
   * @param conf Hadoop configuration that resolves paths
   * @param splitNames new names of splits by folder name, for example {@code validation -> val}
   */
  public FolderImporter(Configuration conf, Map<String, String> splitNames) {
    this.conf = conf;
    this.splitNames = new LinkedHashMap<>(splitNames);
  }

  /**
   * Lists a folder or archive; {@code .tar} entries are later read in place, compressed archives
   * are spilled to {@code spill} once.
   *
   * @throws DataException when the input is missing, damaged or of another layout
   * @throws IOException when a file system fails
   */
  public Listing list(Path input, SpillFolder spill) throws IOException {
    FileSystem files = input.getFileSystem(conf);
    FileStatus status;
    try {
      status = files.getFileStatus(input);
    } catch (FileNotFoundException e) {
      throw new DataException(input + ": no such file or folder", e);
    }
    SplitClassLayout layout = new SplitClassLayout(input.toString());
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("kind", status.isDirectory() ? "folder" : "tar");
    provenance.put("input", input.getName());
    if (status.isDirectory()) {
      walk(files, status.getPath(), new ArrayList<>(), layout);
    } else {
      provenance.put("bytes", Long.toString(status.getLen()));
      TarScan scan = new TarScan(conf, status.getPath(), spill);
      scan.forEachFile(
          (parts, content) -> {
            String fileName = parts.get(parts.size() - 1);
            if (ImageNames.isImage(fileName)) {
              layout.add(parts, content.origin());
            } else {
              layout.ignore(fileName);
            }
          });
    }
    return layout.listing(splitNames, provenance);
  }

  private static void walk(
      FileSystem files, Path folder, List<String> parents, SplitClassLayout layout)
      throws IOException {
    for (FileStatus status : files.listStatus(folder)) {
      String name = status.getPath().getName();
      List<String> parts = new ArrayList<>(parents);
      parts.add(name);
      if (status.isDirectory()) {
        if (!name.startsWith(".")) {
          walk(files, status.getPath(), parts, layout);
        }
      } else if (!ImageNames.isImage(name)) {
        layout.ignore(name);
      } else {
        if (status.getLen() > Integer.MAX_VALUE) {
          throw new DataException(status.getPath() + ": larger than 2 GiB, not an image");
        }
        layout.add(
            parts, new Origin.FileRange(status.getPath().toString(), 0, (int) status.getLen()));
      }
    }
  }
}
