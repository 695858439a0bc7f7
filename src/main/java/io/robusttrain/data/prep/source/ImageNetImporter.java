package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Lists the original ImageNet-1k archives without unpacking them: the images of the train archive,
 * a tar of one tar a synset, and of the flat validation archive are addressed in place. Class
 * indices follow the sorted WordNet ids, as in timm and torchvision.
 */
public final class ImageNetImporter {
  private final Configuration conf;
  private final SortedMap<String, Long> ignored = new TreeMap<>();

  /** Sets up an importer for one use. */
  public ImageNetImporter(Configuration conf) {
    this.conf = conf;
  }

  /**
   * Lists both archives.
   *
   * @param labels WordNet ids of the validation images
   * @throws DataException when an archive is damaged or compressed, or a label is missing
   */
  public Listing list(Path train, Path val, ImageNetLabels labels, SpillFolder spill)
      throws IOException {
    SortedMap<String, List<SampleRef>> synsets = new TreeMap<>();
    new TarScan(conf, train.getFileSystem(conf).makeQualified(train), spill)
        .forEachFile(
            (parts, content) -> {
              String name = parts.get(parts.size() - 1);
              if (!name.matches("n\\d{8}\\.tar")) {
                ignored.merge(ImageNames.kind(name), 1L, Long::sum);
                return;
              }
              if (content.offset() < 0) {
                throw new DataException(
                    train
                        + ": is compressed; decompress it once (it holds JPEGs, no space is lost)");
              }
              String wnid = name.substring(0, name.length() - ".tar".length());
              synsets.put(wnid, synset(train, wnid, content));
            });
    if (synsets.isEmpty()) {
      throw new DataException(
          train + ": holds no n########.tar; expected ILSVRC2012_img_train.tar as published");
    }
    List<String> classes = List.copyOf(synsets.keySet());
    Map<String, Integer> index = new HashMap<>();
    classes.forEach(wnid -> index.put(wnid, index.size()));
    SortedMap<String, List<SampleRef>> splits = new TreeMap<>();
    List<SampleRef> training = new ArrayList<>();
    synsets.forEach(
        (wnid, samples) ->
            samples.forEach(sample -> training.add(sample.withLabel(index.get(wnid)))));
    splits.put("train", training);
    splits.put("validation", validation(val, labels, index, spill));
    Map<String, String> source = new LinkedHashMap<>();
    source.put("kind", "imagenet");
    source.put("train", train.getName());
    source.put("val", val.getName());
    return new Listing(classes, splits, ignored, source);
  }

  /** The images of one inner archive, which get their label when all synsets are known. */
  private List<SampleRef> synset(Path train, String wnid, TarScan.Content content)
      throws IOException {
    List<SampleRef> samples = new ArrayList<>();
    String archive = train + "!" + wnid + ".tar";
    String file = train.getFileSystem(conf).makeQualified(train).toString();
    try {
      // Not closed: that would close the outer archive.
      TarArchiveInputStream inner = new TarArchiveInputStream(content.stream());
      long end = 0;
      for (TarArchiveEntry entry; (entry = inner.getNextEntry()) != null; ) {
        end = TarScan.end(inner, entry);
        List<String> parts = ImageNames.safeParts(archive, entry.getName());
        if (entry.isDirectory()) {
          continue;
        }
        TarScan.requirePlain(archive, entry);
        String name = parts.isEmpty() ? "" : parts.get(parts.size() - 1);
        if (!entry.isFile() || !ImageNames.isImage(name)) {
          ignored.merge(ImageNames.kind(name), 1L, Long::sum);
          continue;
        }
        long offset = content.offset() + inner.getBytesRead();
        Origin origin = new Origin.FileRange(file, offset, Math.toIntExact(entry.getSize()));
        samples.add(new SampleRef(wnid + "/" + name, -1, origin));
      }
      TarScan.requireEndMark(archive, inner, end);
      return samples;
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(
          archive + ": not a readable tar archive (" + e.getMessage() + "); fetch it again", e);
    }
  }

  private List<SampleRef> validation(
      Path val, ImageNetLabels labels, Map<String, Integer> index, SpillFolder spill)
      throws IOException {
    List<SampleRef> samples = new ArrayList<>();
    new TarScan(conf, val.getFileSystem(conf).makeQualified(val), spill)
        .forEachFile(
            (parts, content) -> {
              String name = parts.get(parts.size() - 1);
              if (!ImageNames.isImage(name)) {
                ignored.merge(ImageNames.kind(name), 1L, Long::sum);
                return;
              }
              String wnid = labels.wnid(name);
              Integer label = index.get(wnid);
              if (label == null) {
                throw new DataException(
                    "%s: label %s of %s is no class of the train archive"
                        .formatted(labels.source(), wnid, name));
              }
              samples.add(new SampleRef(wnid + "/" + name, label, content.origin()));
            });
    if (samples.isEmpty()) {
      throw new DataException(val + ": holds no image");
    }
    labels.requireCount(samples.size(), val.toString());
    return samples;
  }
}
