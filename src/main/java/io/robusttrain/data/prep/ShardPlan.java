package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
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
      int first = 0;
      long bytes = 0;
      int index = 0;
      for (int i = 0; i < samples.size(); i++) {
        long size = samples.get(i).origin().expectedBytes() + samples.get(i).name().length() + 32;
        if (i > first && bytes + size > settings.shardBytes()) {
          plans.add(new ShardPlan(split.getKey(), index++, copy(samples, first, i)));
          first = i;
          bytes = 0;
        }
        bytes += size;
      }
      plans.add(new ShardPlan(split.getKey(), index, copy(samples, first, samples.size())));
    }
    return plans;
  }

  private static List<SampleRef> copy(List<SampleRef> samples, int from, int to) {
    return new ArrayList<>(samples.subList(from, to));
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
    List<SampleRef> ordered = new ArrayList<>(all.size());
    for (Placed placed : all) {
      ordered.add(placed.sample());
    }
    return ordered;
  }
}
