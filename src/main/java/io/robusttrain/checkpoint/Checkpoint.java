package io.robusttrain.checkpoint;

import io.robusttrain.base.Sha256;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.StorageAwayException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A checkpoint whose every file was verified (length and SHA-256) when it was opened. Immutable;
 * another process may still remove it.
 */
public final class Checkpoint {
  /** File name of the weights. */
  public static final String MODEL = WeightsKind.RAW.fileName();

  private final FileSystem fs;
  private final CheckpointName name;
  private final Path directory;
  private final CheckpointManifest manifest;

  private Checkpoint(
      FileSystem fs, CheckpointName name, Path directory, CheckpointManifest manifest) {
    this.fs = fs;
    this.name = name;
    this.directory = directory;
    this.manifest = manifest;
  }

  /**
   * Reads the manifest and verifies every file that it lists. Damage of any kind is a {@link
   * CheckpointException}.
   *
   * @param manifestSha256 of the manifest's bytes, if a commit file says it
   */
  static Checkpoint open(
      FileSystem fs, CheckpointName name, Path directory, Optional<String> manifestSha256)
      throws IOException {
    Path path = new Path(directory, CheckpointManifest.FILE);
    try (InputStream in = fs.open(path)) {
      byte[] bytes = in.readAllBytes();
      if (manifestSha256.isPresent() && !manifestSha256.get().equals(Sha256.of(bytes))) {
        throw damaged(directory, "its manifest is not the one that was committed", null);
      }
      CheckpointManifest manifest = CheckpointManifest.parse(bytes, path.toString());
      for (FileEntry file : manifest.files()) {
        verify(fs, directory, file);
      }
      return new Checkpoint(fs, name, directory, manifest);
    } catch (EOFException e) {
      if (StorageAwayException.says(e)) {
        // So Hadoop tells of a server that ended while it was asked.
        throw e;
      }
      throw damaged(directory, e.getMessage(), e);
    } catch (FileNotFoundException e) {
      throw damaged(directory, "it has no " + CheckpointManifest.FILE, e);
    } catch (ChecksumException | FSError e) {
      // An Error is what Hadoop's local disk makes of a sector that cannot be read.
      throw damaged(directory, e.getMessage(), e);
    }
  }

  /** Checks length and content of one file. */
  static void verify(FileSystem fs, Path directory, FileEntry file) throws IOException {
    Path path = new Path(directory, file.name());
    try (InputStream in = fs.open(path)) {
      long size = fs.getFileStatus(path).getLen();
      if (size != file.size()) {
        throw damaged(
            directory,
            "%s has %d bytes instead of %d".formatted(file.name(), size, file.size()),
            null);
      }
      if (!Sha256.of(in).equals(file.sha256())) {
        throw damaged(directory, file.name() + " does not match its SHA-256", null);
      }
    } catch (FileNotFoundException e) {
      throw damaged(directory, file.name() + " is missing", e);
    } catch (ChecksumException e) {
      throw damaged(directory, file.name() + " does not match its checksum", e);
    } catch (FSError e) {
      throw damaged(directory, file.name() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static CheckpointException damaged(Path directory, String what, Throwable cause) {
    return new CheckpointException(
        "Checkpoint %s is damaged or partial: %s. Continue from another checkpoint."
            .formatted(directory, what),
        cause);
  }

  /** The name in the order of the run, such as {@code epoch-0007}. */
  public String name() {
    return name.toString();
  }

  /** The directory with its files, which need not have its name. */
  public Path path() {
    return directory;
  }

  /** The directory, for executors. */
  public CheckpointLocation location() {
    return CheckpointLocation.of(fs, directory);
  }

  /** Where the run stood, and what it needs besides tensors to go on from there. */
  public TrainingState state() {
    return manifest.state();
  }

  /** The files, without the manifest. */
  public List<FileEntry> files() {
    return manifest.files();
  }

  /** The optimiser-state files, in slice order. */
  public List<String> sliceFiles() {
    return files(SliceRange.PREFIX);
  }

  /** The files whose names begin with {@code prefix}, in order of their names. */
  List<String> files(String prefix) {
    return manifest.files().stream()
        .map(FileEntry::name)
        .filter(file -> file.startsWith(prefix))
        .sorted()
        .toList();
  }

  /** Opens the trained weights with their card, and verifies their checksums. */
  public ModelFile openModel() throws IOException {
    return ModelFile.open(fs, new Path(directory, MODEL));
  }

  /** Opens any file of the checkpoint. */
  public FSDataInputStream open(String file) throws IOException {
    return fs.open(new Path(directory, file));
  }
}
