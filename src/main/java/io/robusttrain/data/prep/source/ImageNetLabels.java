package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * WordNet ids of ImageNet's validation images, by file name or by the image's number in {@code
 * ILSVRC2012_val_00000001.JPEG}.
 */
public final class ImageNetLabels {
  private static final Pattern NUMBERED = Pattern.compile("ILSVRC2012_val_(\\d{8})\\.\\w+");
  private static final Pattern WNID = Pattern.compile("n\\d{8}");

  private final String source;
  private final List<String> byNumber;
  private final Map<String, String> byName;

  private ImageNetLabels(String source, List<String> byNumber, Map<String, String> byName) {
    this.source = source;
    this.byNumber = byNumber;
    this.byName = byName;
  }

  /**
   * Reads lines of a text file: either one WordNet id a line in the order of the image numbers, or
   * {@code <file name> <WordNet id>} with blank, tab or comma between.
   *
   * @throws DataException for any other line
   */
  public static ImageNetLabels fromLines(String source, List<String> lines) {
    List<String> byNumber = new ArrayList<>();
    Map<String, String> byName = new HashMap<>();
    for (String line : lines) {
      String[] words = line.strip().split("[\\s,]+", -1);
      String wnid = words[words.length - 1];
      if (words.length > 2 || !WNID.matcher(wnid).matches()) {
        throw new DataException(
            "%s: line '%s' is neither a WordNet id such as n01440764 nor '<file name> <WordNet id>'"
                .formatted(source, line));
      }
      if (words.length == 1) {
        byNumber.add(wnid);
      } else {
        byName.put(words[0], wnid);
      }
    }
    if (byNumber.isEmpty() == byName.isEmpty()) {
      throw new DataException(
          source
              + (byName.isEmpty()
                  ? ": names no label"
                  : ": mixes lines with and without file names"));
    }
    return new ImageNetLabels(source, byNumber, byName);
  }

  /**
   * Reads {@code ILSVRC2012_devkit_t12.tar.gz}: the numbers in {@code
   * ILSVRC2012_validation_ground_truth.txt} through the synsets of {@code meta.mat}.
   *
   * @throws DataException when either is missing or of another form
   */
  public static ImageNetLabels fromDevkit(Configuration conf, Path devkit) throws IOException {
    List<String> truth = new ArrayList<>();
    Map<Integer, String> wnids = new HashMap<>();
    Path qualified = devkit.getFileSystem(conf).makeQualified(devkit);
    new TarScan(conf, qualified, null)
        .forEachFile(
            (parts, content) -> {
              switch (parts.get(parts.size() - 1)) {
                case "ILSVRC2012_validation_ground_truth.txt" ->
                    truth.addAll(ImageNames.lines(content.bytes()));
                case "meta.mat" ->
                    wnids.putAll(DevkitSynsets.read(devkit + "!meta.mat", content.bytes()));
                default -> {
                  // The devkit's other files are programs and documentation.
                }
              }
            });
    if (truth.isEmpty() || wnids.isEmpty()) {
      throw new DataException(
          "%s: needs data/ILSVRC2012_validation_ground_truth.txt and data/meta.mat; give ILSVRC2012_devkit_t12.tar.gz as published, or a text file with --labels"
              .formatted(devkit));
    }
    List<String> byNumber = new ArrayList<>();
    for (String line : truth) {
      String wnid = line.matches("\\d{1,6}") ? wnids.get(Integer.valueOf(line)) : null;
      if (wnid == null) {
        throw new DataException(
            devkit + ": ground truth '" + line + "' is no ILSVRC2012_ID of meta.mat");
      }
      byNumber.add(wnid);
    }
    return new ImageNetLabels(devkit.toString(), byNumber, Map.of());
  }

  /** Where the labels come from, for messages. */
  String source() {
    return source;
  }

  /**
   * The WordNet id of a validation image.
   *
   * @throws DataException when there is none
   */
  String wnid(String fileName) {
    String wnid = byName.get(fileName);
    Matcher numbered = NUMBERED.matcher(fileName);
    if (wnid == null && numbered.matches()) {
      int number = Integer.parseInt(numbered.group(1));
      wnid = number >= 1 && number <= byNumber.size() ? byNumber.get(number - 1) : null;
    }
    if (wnid == null) {
      throw new DataException(source + ": no label for validation image " + fileName);
    }
    return wnid;
  }

  /**
   * Checks that labels by number belong to that many images.
   *
   * @throws DataException when the numbers differ
   */
  void requireCount(int images, String archive) {
    int labels = Math.max(byNumber.size(), byName.size());
    if (labels != images) {
      throw new DataException(
          source + " has " + labels + " labels, " + archive + " has " + images + " images");
    }
  }
}
