package io.robusttrain.data.load;

import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.SourceSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A micro-batch in the making. One thread at a time. */
final class BatchDraft {
  private final int lane;
  private final int sampleBytes;
  private final long[] ids;
  private final int[] labels;
  private final int[] repeats;
  private final byte[] pixels;
  private final List<Vacancy> vacancies = new ArrayList<>();

  /** The first of this lane's jobs, and the place of each. */
  private int firstJob;

  private final List<Integer> placeOfJob = new ArrayList<>();

  /**
   * A place whose sample is bad.
   *
   * @param place index in the micro-batch
   * @param repeat how often the sample came in its epoch before
   */
  record Vacancy(int place, int repeat, BadSample bad) {}

  /**
   * A draft without pixels.
   *
   * @param found what the set has at each place
   * @param repeats how often each sample came in its epoch before
   * @param side of the images in pixels
   */
  BatchDraft(int lane, List<SourceSample> found, int[] repeats, int side) {
    this.lane = lane;
    this.sampleBytes = 3 * side * side;
    this.repeats = repeats;
    this.ids = found.stream().mapToLong(SourceSample::sampleId).toArray();
    this.labels = new int[found.size()];
    this.pixels = new byte[Math.multiplyExact(sampleBytes, found.size())];
  }

  /** Adds the jobs that decode this lane's images to those of other lanes. */
  void plan(List<SourceSample> found, List<BatchDecoder.Job> jobs) {
    firstJob = jobs.size();
    for (int i = 0; i < found.size(); i++) {
      if (found.get(i) instanceof EncodedImage image) {
        placeOfJob.add(i);
        jobs.add(fill(i, image));
      } else if (found.get(i) instanceof BadSample bad) {
        vacancies.add(new Vacancy(i, repeats[i], bad));
      }
    }
  }

  /** Takes note of the jobs that failed, and says which places are vacant, in order. */
  List<Vacancy> vacancies(Map<Integer, BadSample> failed) {
    for (int i = 0; i < placeOfJob.size(); i++) {
      BadSample bad = failed.get(firstJob + i);
      if (bad != null) {
        int place = placeOfJob.get(i);
        vacancies.add(new Vacancy(place, repeats[place], bad));
      }
    }
    vacancies.sort(Comparator.comparingInt(Vacancy::place));
    return vacancies;
  }

  /** Puts an image at a place; the job writes its pixels. */
  BatchDecoder.Job fill(int place, EncodedImage image) {
    ids[place] = image.sampleId();
    labels[place] = image.label();
    return new BatchDecoder.Job(image, repeats[place], pixels, place * sampleBytes);
  }

  /** The micro-batch without its vacant places. */
  MicroBatch without(List<Vacancy> vacant) {
    if (vacant.isEmpty()) {
      return finished();
    }
    Set<Integer> places = vacant.stream().map(Vacancy::place).collect(Collectors.toSet());
    int[] kept = IntStream.range(0, ids.length).filter(i -> !places.contains(i)).toArray();
    byte[] keptPixels = new byte[kept.length * sampleBytes];
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(pixels, kept[i] * sampleBytes, keptPixels, i * sampleBytes, sampleBytes);
    }
    return new MicroBatch(
        lane,
        Arrays.stream(kept).mapToLong(i -> ids[i]).toArray(),
        keptPixels,
        Arrays.stream(kept).map(i -> labels[i]).toArray());
  }

  /** The micro-batch, all of whose places are filled. */
  MicroBatch finished() {
    return new MicroBatch(lane, ids, pixels, labels);
  }
}
