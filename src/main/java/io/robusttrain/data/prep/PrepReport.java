package io.robusttrain.data.prep;

import io.robusttrain.data.prep.source.Listing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

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

  /** One split; {@code shards} holds the files in order. */
  public static final class Split {
    private final String name;
    private final List<ShardResult> shards;
    private final long[] perClass;
    private long samples;
    private long bytes;
    private long bad;

    Split(String name, List<ShardResult> results, int classes) {
      this.name = name;
      this.shards = new ArrayList<>();
      this.perClass = new long[classes];
      for (ShardResult result : results) {
        samples += result.samples();
        bytes += result.bytes();
        bad += result.bad().size();
        for (int c = 0; c < classes; c++) {
          perClass[c] += result.samplesPerClass().get(c);
        }
        if (result.samples() > 0) {
          shards.add(result);
        }
      }
    }

    /** Name of the split. */
    public String name() {
      return name;
    }

    /** Images written. */
    public long samples() {
      return samples;
    }

    /** Bytes of all shards. */
    public long bytes() {
      return bytes;
    }

    /** Images left out. */
    public long bad() {
      return bad;
    }

    /** Number of shard files. */
    public int shardCount() {
      return shards.size();
    }

    /** Images by class index; a fresh array. */
    public long[] samplesPerClass() {
      return perClass.clone();
    }

    List<ShardResult> shards() {
      return shards;
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
    bySplit.forEach((name, own) -> splits.add(new Split(name, own, listing.classes().size())));
    return new PrepReport(listing.classes(), splits, bad, listing.ignored(), warnings);
  }
}
