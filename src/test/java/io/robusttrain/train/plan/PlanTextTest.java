package io.robusttrain.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.train.TinyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plan says of the exchange between executors. */
class PlanTextTest {
  private static final long TB = 1L << 40;

  @TempDir private static Path folder;

  @BeforeAll
  static void drawImages() throws IOException {
    DrawnImages.draw(folder.resolve("data"), 32, TinyRun.TRAIN, 20, 9);
  }

  private static String plan(int executors, String... changes) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "train.global-batch=16",
                "train.micro-batch=4",
                "model.name=deit_base_patch16_224"));
    settings.add("data.path=" + folder.resolve("data"));
    settings.add("run.dir=" + folder.resolve("runs"));
    settings.addAll(List.of(changes));
    return PlanText.of(
        new RunPlanner(
                ConfigLoader.load(List.of(), settings),
                new Configuration(),
                new RunPlan.Topology(executors, 1, TB, TB))
            .stages());
  }

  @Test
  void theFasterEngineIsNamedWithWhatItSaves() {
    // 86.6 million parameters, half of them each way: 0.3 s of jobs, and 0.83 s of copies.
    assertThat(plan(2))
        .contains(
            "engine     bigdl: about 1.1 s of a step beside arithmetic and sending; collective would save them\n");
    assertThat(plan(2, "distribution.engine=collective", "distribution.ports=[40000,40009]"))
        .contains(
            "engine     collective: executors connect to each other, and to the driver on ports [40000, 40009]\n");
  }

  @Test
  void anEngineThatCannotCompressIsNotOfferedWithoutSayingSo() {
    assertThat(plan(2, "distribution.compression=fp16"))
        .contains("; collective would save them, but knows no compression\n");
  }

  @Test
  void whatLeavesTokensOutAndAttacksByNeedIsSaid() {
    // 98 of 196 tokens, and the class token.
    assertThat(plan(1, "model.patch-drop-rate=0.5", "attack.guided.steps=2"))
        .contains(
            "tokens     training leaves out 0.5 of them (random), 98 of 196 stay: %s GMACs an image\n"
                .formatted(gigaMacs(99)),
            ", 1 step(s) of 0.023529\n",
            "by need    2 steps of 0.011765 from a probe with a gap above 0.1 to one with at most 0.05\n",
            "validation Linf, epsilon 0.015686, 10 step(s) of 0.002353\n")
        .contains("%s GMACs an image of 224 px".formatted(gigaMacs(197)));
    assertThat(plan(1))
        .contains("validation Linf, epsilon 0.015686, 1 step(s) of 0.023529\n")
        .doesNotContain("tokens ", "by need");
  }

  /**
   * In each of 12 blocks 12 D^2 for a token and 2 D for a pair of tokens; D^2 for each of the
   * patches of 16 pixels; the head's few thousand do not show.
   */
  private static String gigaMacs(long tokens) {
    long d = 768;
    long blocks = 12 * (12 * d * d * tokens + 2 * d * tokens * tokens);
    return String.format(Locale.ROOT, "%.3f", (blocks + 196 * d * d) / 1e9);
  }

  @Test
  void nothingIsSaidOfAnExchangeThatThereIsNot() {
    assertThat(plan(1)).doesNotContain("engine ");
  }
}
