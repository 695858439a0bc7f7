package io.robusttrain.data.prep;

import io.robusttrain.data.prep.source.Listing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * What a preparation wrote.
 *
 * @param classes class names in index order
 * @param splits by name
 * @param badImages images left out, in order of split and shard
 * @param ignored files of the source that are no images of the layout, by kind
 * @param warnings for people, one sentence each
 */
public record PrepReport(
    List<String> classes,
    List<Split> splits,
    List<BadImage> badImages,
    Map<String, Long> ignored,
    List<String> warnings) {

  /**
   * One split.
   *
   * @param samples images written
   * @param bad images left out
   * @param samplesPerClass images written by class index
   * @param shards files in order, each with an image
   */
  public record Split(
      String name, long samples, long bad, List<Long> samplesPerClass, List<ShardResult> shards) {
    static Split of(String name, List<ShardResult> results, int classes) {
      List<Long> perClass =
          IntStream.range(0, classes)
              .mapToObj(c -> sum(results, result -> result.samplesPerClass().get(c)))
              .toList();
      return new Split(
          name,
          sum(results, ShardResult::samples),
          sum(results, result -> result.bad().size()),
          perClass,
          results.stream().filter(result -> result.samples() > 0).toList());
    }

    /** Bytes of all shards. */
    public long bytes() {
      return sum(shards, ShardResult::bytes);
    }

    private static long sum(List<ShardResult> results, ToLongFunction<ShardResult> count) {
      return results.stream().mapToLong(count).sum();
    }
  }

  static PrepReport of(Listing listing, List<ShardResult> results, List<String> warnings) {
    SortedMap<String, List<ShardResult>> bySplit = new TreeMap<>();
    listing.splits().keySet().forEach(name -> bySplit.put(name, new ArrayList<>()));
    List<BadImage> bad = new ArrayList<>();
    for (ShardResult result : results) {
      bySplit.get(result.split()).add(result);
      bad.addAll(result.bad());
    }
    List<Split> splits = new ArrayList<>();
    bySplit.forEach((name, own) -> splits.add(Split.of(name, own, listing.classes().size())));
    return new PrepReport(listing.classes(), splits, bad, listing.ignored(), warnings);
  }
}
