package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.source.Keys;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.prep.source.SampleRef;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The images of one shard, in the order in which they are written.
 *
 * @param split name of the split
 * @param index number of the shard in its split, from 0
 * @param samples images
 */
record ShardPlan(String split, int index, List<SampleRef> samples) implements Serializable {
  /** A split of this many images is worth several tasks even when it fits one shard. */
  private static final int WORTH_SHARING = 1024;

  private static final int FEWEST = 4;

  private record Placed(double position, long hash, SampleRef sample) {}

  /** File of the shard relative to the data set's folder. */
  String file() {
    return String.format("%s/part-%05d.parquet", split, index);
  }

  /**
   * Shuffles every split and cuts it into shards. The shuffle is stratified: each class is shuffled
   * by itself and spread evenly over the split, so every shard has the class balance of the whole.
   * The order depends on the seed and the names only, not on the order of the listing.
   *
   * @throws DataException when a name occurs twice in a split
   */
  static List<ShardPlan> plan(Listing listing, PrepSettings settings) {
    List<ShardPlan> plans = new ArrayList<>();
    for (Map.Entry<String, List<SampleRef>> split : listing.splits().entrySet()) {
      List<SampleRef> samples =
          shuffled(split.getKey(), split.getValue(), listing, settings.seed());
      cut(split.getKey(), samples, settings.shardBytes(), plans);
    }
    return plans;
  }

  /** Cuts into shards of nearly equal size, so that no task and no shard is a small remainder. */
  private static void cut(
      String split, List<SampleRef> samples, long shardBytes, List<ShardPlan> plans) {
    long total = samples.stream().mapToLong(ShardPlan::bytes).sum();
    long shards = Math.max(1, (total + shardBytes - 1) / shardBytes);
    if (samples.size() >= WORTH_SHARING) {
      shards = Math.max(shards, FEWEST);
    }
    int first = 0;
    int index = 0;
    long before = 0;
    for (int i = 0; i < samples.size(); i++) {
      before += bytes(samples.get(i));
      boolean last = i + 1 == samples.size();
      if (last || before / (double) total * shards >= index + 1) {
        plans.add(new ShardPlan(split, index++, new ArrayList<>(samples.subList(first, i + 1))));
        first = i + 1;
      }
    }
  }

  private static long bytes(SampleRef sample) {
    return sample.origin().expectedBytes() + sample.name().length() + 32;
  }

  private static List<SampleRef> shuffled(
      String split, List<SampleRef> samples, Listing listing, long seed) {
    long splitSeed = Keys.hash(seed, split);
    List<List<Placed>> byClass = new ArrayList<>();
    for (int c = 0; c < listing.classes().size(); c++) {
      byClass.add(new ArrayList<>());
    }
    for (SampleRef sample : samples) {
      byClass.get(sample.label()).add(new Placed(0, Keys.hash(splitSeed, sample.name()), sample));
    }
    Comparator<Placed> byHash =
        Comparator.comparingLong(Placed::hash).thenComparing(p -> p.sample().name());
    List<Placed> all = new ArrayList<>(samples.size());
    for (List<Placed> members : byClass) {
      members.sort(byHash);
      for (int rank = 0; rank < members.size(); rank++) {
        Placed member = members.get(rank);
        if (rank > 0 && members.get(rank - 1).sample().name().equals(member.sample().name())) {
          throw new DataException(
              "split '" + split + "': '" + member.sample().name() + "' occurs twice in the source");
        }
        double jitter = Keys.unit(Keys.mix(member.hash() ^ splitSeed));
        all.add(new Placed((rank + jitter) / members.size(), member.hash(), member.sample()));
      }
    }
    all.sort(Comparator.comparingDouble(Placed::position).thenComparing(byHash));
    return all.stream().map(Placed::sample).toList();
  }
}
