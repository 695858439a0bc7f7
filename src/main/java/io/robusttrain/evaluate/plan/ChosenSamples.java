package io.robusttrain.evaluate.plan;

import io.robusttrain.data.load.SampleReader;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.tensor.SeedKey;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The images that are evaluated.
 *
 * @param ids in the split, ascending
 * @param words how they were chosen
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ChosenSamples(long[] ids, String words) {
  private static final long AMBIGUOUS = -1;

  /**
   * Finds the images that a choice means.
   *
   * @throws EvaluationException if there are not that many images, or the list is empty, names an
   *     image that is not there, or names one twice
   */
  public static ChosenSamples of(SampleChoice choice, ImageSet images, Configuration hadoop) {
    long all = images.sampleCount();
    if (choice instanceof SampleChoice.First first) {
      requireCount(first.count(), images);
      return new ChosenSamples(
          LongStream.range(0, first.count()).toArray(), "the first " + first.count());
    } else if (choice instanceof SampleChoice.Drawn drawn) {
      requireCount(drawn.count(), images);
      SeedKey key = SeedKey.of(drawn.seed()).with("evaluated-samples");
      long[] ids =
          LongStream.range(0, all)
              .boxed()
              .sorted(Comparator.comparingLong(id -> key.with(id).value()))
              .limit(drawn.count())
              .mapToLong(Long::longValue)
              .sorted()
              .toArray();
      return new ChosenSamples(ids, "%d drawn by seed %d".formatted(drawn.count(), drawn.seed()));
    } else if (choice instanceof SampleChoice.Listed listed) {
      return listed(listed.file(), images, hadoop);
    }
    return new ChosenSamples(LongStream.range(0, all).toArray(), "all " + all);
  }

  private static void requireCount(int count, ImageSet images) {
    if (count > images.sampleCount()) {
      throw new EvaluationException(
          "--n: %d images are wanted, split %s of %s has %d; ask for fewer or leave --n out"
              .formatted(count, images.split(), images.path(), images.sampleCount()));
    }
  }

  private static ChosenSamples listed(String file, ImageSet images, Configuration hadoop) {
    Map<Integer, String> lines = lines(file, hadoop);
    Map<String, Long> names =
        lines.values().stream().allMatch(line -> line.matches("\\d+"))
            ? Map.of()
            : names(images, hadoop);
    // An image may be called #1.
    lines.values().removeIf(line -> line.startsWith("#") && !names.containsKey(line));
    if (lines.isEmpty()) {
      throw new EvaluationException(
          "--list: %s names no image; write one id or file name a line".formatted(file));
    }
    Map<Long, Integer> seen = new TreeMap<>();
    for (Map.Entry<Integer, String> line : lines.entrySet()) {
      long id = id(line.getValue(), names, images, file, line.getKey());
      Integer before = seen.put(id, line.getKey());
      if (before != null) {
        throw new EvaluationException(
            "--list: %s names image %s twice, in lines %d and %d; remove one of them"
                .formatted(file, line.getValue(), before, line.getKey()));
      }
    }
    long[] ids = seen.keySet().stream().mapToLong(Long::longValue).toArray();
    return new ChosenSamples(
        ids, "%d of list file %s".formatted(ids.length, new Path(file).getName()));
  }

  /** The lines that are not empty, comments among them. */
  private static Map<Integer, String> lines(String file, Configuration hadoop) {
    Path path = new Path(file);
    Map<Integer, String> lines = new TreeMap<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(path.getFileSystem(hadoop).open(path), StandardCharsets.UTF_8))) {
      int number = 1;
      for (String line = in.readLine(); line != null; line = in.readLine(), number++) {
        String text = line.strip();
        if (!text.isEmpty()) {
          lines.put(number, text);
        }
      }
      return lines;
    } catch (FileNotFoundException absent) {
      throw new EvaluationException("--list: there is no file " + file, absent);
    } catch (IOException failed) {
      throw new EvaluationException(
          "--list: %s cannot be read: %s".formatted(file, failed.getMessage()), failed);
    }
  }

  /** Ids by name as stored, and by the last part of the name where only one image has it. */
  private static Map<String, Long> names(ImageSet images, Configuration hadoop) {
    List<String> stored = new ArrayList<>(SampleReader.names(hadoop, images));
    Map<String, Long> ids = new HashMap<>();
    for (int id = 0; id < stored.size(); id++) {
      String name = stored.get(id);
      if (!name.isEmpty()) {
        ids.merge(lastPart(name), (long) id, (a, b) -> AMBIGUOUS);
      }
    }
    for (int id = 0; id < stored.size(); id++) {
      if (!stored.get(id).isEmpty()) {
        ids.put(stored.get(id), (long) id);
      }
    }
    return ids;
  }

  private static long id(
      String text, Map<String, Long> names, ImageSet images, String file, int line) {
    if (text.matches("\\d{1,18}")) {
      long id = Long.parseLong(text);
      if (id >= images.sampleCount()) {
        throw new EvaluationException(
            "--list: line %d of %s names image %d; split %s of %s has the ids 0 to %d"
                .formatted(
                    line, file, id, images.split(), images.path(), images.sampleCount() - 1));
      }
      return id;
    }
    Long id = names.getOrDefault(text, names.get(lastPart(text)));
    if (id == null || id == AMBIGUOUS) {
      throw new EvaluationException(
          "--list: line %d of %s names %s; %s image of split %s of %s is called so"
              .formatted(
                  line,
                  file,
                  text,
                  id == null ? "no" : "more than one",
                  images.split(),
                  images.path()));
    }
    return id;
  }

  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
