package io.robusttrain.data.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.prep.source.Origin;
import io.robusttrain.data.prep.source.SampleRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardPlanTest {
  private static final PrepSettings SETTINGS = settings(PrepSettings.DEFAULTS.seed());

  @Test
  void everyShardHasTheClassBalanceOfTheWhole() {
    List<ShardPlan> plans = ShardPlan.plan(listing(samples()), SETTINGS);
    assertThat(plans).hasSize(10);
    Set<String> names = new HashSet<>();
    for (ShardPlan plan : plans) {
      long rare = plan.samples().stream().filter(s -> s.label() == 0).count();
      assertThat(rare).isBetween(9L, 11L);
      assertThat(plan.samples()).hasSizeBetween(99, 101);
      plan.samples().forEach(s -> names.add(s.name()));
    }
    assertThat(names).hasSize(1000);
  }

  @Test
  void theOrderDependsOnSeedAndNamesOnly() {
    List<SampleRef> reversed = samples();
    Collections.reverse(reversed);
    List<ShardPlan> plans = ShardPlan.plan(listing(samples()), SETTINGS);
    assertThat(ShardPlan.plan(listing(reversed), SETTINGS)).isEqualTo(plans);
    assertThat(ShardPlan.plan(listing(samples()), settings(1))).isNotEqualTo(plans);
  }

  @Test
  void refusesANameThatOccursTwice() {
    List<SampleRef> samples = samples();
    samples.add(samples.get(3));
    assertThatThrownBy(() -> ShardPlan.plan(listing(samples), SETTINGS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("occurs twice");
  }

  @Test
  void subsetsRenumberTheKeptClasses() {
    Listing kept = new ClassSubset.Named(List.of("common")).apply(listing(samples()));
    assertThat(kept.classes()).containsExactly("common");
    assertThat(kept.splits().get("train")).hasSize(900).allMatch(s -> s.label() == 0);
    assertThatThrownBy(() -> new ClassSubset.Named(List.of("other")).apply(kept))
        .isInstanceOf(DataException.class)
        .hasMessage("the source has no class other; it has common");
    assertThatThrownBy(() -> new ClassSubset.DrawnBySeed(3, 0).apply(kept))
        .hasMessage("cannot draw 3 classes from a source of 1");
  }

  @Test
  void aClassWithoutTrainingImagesIsAnErrorAndElsewhereAWarning() {
    SampleRef rare = samples().get(0);
    SampleRef common = samples().get(1);
    List<String> classes = List.of("rare", "common");
    Listing untrained =
        new Listing(
            classes,
            new TreeMap<>(Map.of("train", List.of(rare), "val", List.of(rare, common))),
            new TreeMap<>(),
            Map.of());
    assertThatThrownBy(() -> ClassBalance.check(untrained))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("split 'train' has no image of 1 of 2 classes: common");
    Listing unvalidated =
        new Listing(
            classes,
            new TreeMap<>(Map.of("train", List.of(rare, common), "val", List.of(rare))),
            new TreeMap<>(),
            Map.of());
    assertThat(ClassBalance.check(unvalidated))
        .containsExactly("split 'val' has no image of 1 of 2 classes: common");
  }

  private static List<SampleRef> samples() {
    List<SampleRef> samples = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      samples.add(
          new SampleRef(
              String.format("%04d.jpg", i),
              i % 10 == 0 ? 0 : 1,
              new Origin.FileRange("f", i, 159)));
    }
    return samples;
  }

  private static Listing listing(List<SampleRef> samples) {
    SortedMap<String, List<SampleRef>> splits = new TreeMap<>();
    splits.put("train", samples);
    return new Listing(List.of("rare", "common"), splits, new TreeMap<>(), Map.of());
  }

  private static PrepSettings settings(long seed) {
    PrepSettings usual = PrepSettings.DEFAULTS;
    return new PrepSettings(
        20_000,
        usual.rowGroupBytes(),
        usual.rowGroupSamples(),
        seed,
        usual.badImages(),
        usual.maxPixels());
  }
}
