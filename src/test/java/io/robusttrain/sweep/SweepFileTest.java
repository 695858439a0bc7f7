package io.robusttrain.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a sweep file expands to. */
class SweepFileTest {
  @TempDir(factory = OddFolder.class)
  private Path folder;

  @Test
  void aGridIsEveryCombinationInTheOrderOfTheFile() throws IOException {
    Sweep sweep =
        read(
            """
            base = ../recipes/light.conf
            overrides { train.epochs = 20 }
            grid {
              optim.weight-decay = [0, 1e-3]
              attack { eps = [4/255, 8/255] }
            }
            """);
    assertThat(sweep.name()).isEqualTo("decay");
    assertThat(sweep.base())
        .containsExactly(folder.resolveSibling("recipes/light.conf").toAbsolutePath());
    assertThat(sweep.common()).containsExactly("train.epochs=20");
    assertThat(sweep.runs())
        .map(run -> run.name() + " " + run.arguments())
        .containsExactly(
            "weight-decay-0_eps-4_255 [optim.weight-decay=0, attack.eps=4/255]",
            "weight-decay-0_eps-8_255 [optim.weight-decay=0, attack.eps=8/255]",
            "weight-decay-0.001_eps-4_255 [optim.weight-decay=0.001, attack.eps=4/255]",
            "weight-decay-0.001_eps-8_255 [optim.weight-decay=0.001, attack.eps=8/255]");
    assertThat(sweep.ablatedKeys()).containsExactly("optim.weight-decay", "attack.eps");
  }

  @Test
  void aListHasItsOwnNamesAndAGridMultipliesIt() throws IOException {
    Sweep sweep =
        read(
            """
            name = tables
            base = [a.conf, b.conf]
            runs = [
              { name = heavy, set { mixup.alpha = 0.8, augment.scale = [0.5, 1] } }
              { set { model.args { mlp_ratio = 2 } } }
              { name = plain }
            ]
            grid { run.seed = [1, 2] }
            """);
    assertThat(sweep.name()).isEqualTo("tables");
    assertThat(sweep.base())
        .map(Path::getFileName)
        .map(Path::toString)
        .containsExactly("a.conf", "b.conf");
    assertThat(sweep.runs())
        .map(SweepRun::name)
        .containsExactly(
            "heavy_seed-1",
            "heavy_seed-2",
            "mlp_ratio-2_seed-1",
            "mlp_ratio-2_seed-2",
            "plain_seed-1",
            "plain_seed-2");
    assertThat(sweep.runs().get(1).overrides())
        .isEqualTo(Map.of("mixup.alpha", "0.8", "augment.scale", "[0.5,1]", "run.seed", "2"));
    assertThat(sweep.runs().get(2).arguments())
        .containsExactly("model.args.mlp_ratio=2", "run.seed=1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          grid { a = [1] }                             | base: names the configuration that all runs start from; it is missing
          base = a.conf                                | grid: a sweep needs a grid or runs
          base = a.conf, grid { a = 1 }                | grid.a: expected a list of values
          base = a.conf, grid { a = [1, 1] }           | runs: two runs are named a-1; give them names
          base = a.conf, runs = [{ nam = a }]          | runs: expected { name = ..., set { key = value } }, found {"nam":"a"}
          base = a.conf, runs = { name = a }           | runs: expected a list of runs, found {"name":"a"}
          base = a.conf, runs = [{ name = a/b }]       | runs: a/b cannot name a directory; use up to 100 letters, digits, dots, dashes and underscores
          base = a.conf, grid { a = [1] }, bas = b     | bas: unknown key; a sweep has base, overrides, runs, grid and name
          base = a.conf, overrides = 3, grid { a=[1] } | overrides: expected { key = value }, found 3
          base = a.conf, overrides.run.id = b, grid { a=[1] }  | overrides.run.id: a sweep names its runs itself; leave it out
          base = a.conf, runs = [{ name=a, set.run.id = b }]   | runs.run.id: a sweep names its runs itself and keeps them in one folder; name a run with name = ..., set the folder of all with overrides { run.dir = ... }
          base = a.conf, runs = [{ name=a, set.run.dir = b }]  | runs.run.dir: a sweep names its runs itself
          base = a.conf, grid { run.id = [a, b] }      | grid.run.id: a sweep names its runs itself
          base = a.conf, grid { run.dir = [a, b] }     | grid.run.dir: a sweep names its runs itself
          base = a.conf, grid { run = [{ dir = a }, { dir = b }] } | grid.run: a sweep names its runs itself
          """)
  void wrongFilesAreRefused(String text, String problem) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("decay.conf: " + problem);
  }

  /** A command line would read them as lists and groups. */
  @Test
  void textsStayTexts() throws IOException {
    Sweep sweep =
        read(
            """
            base = a.conf
            overrides { data.path = "[x]/set", run.dir = "{a,b}" }
            grid { model.weights.path = ["[1].pth", "my model #2.pth"] }
            """);
    assertThat(sweep.common())
        .containsExactlyInAnyOrder("data.path=\"[x]/set\"", "run.dir=\"{a,b}\"");
    assertThat(sweep.runs())
        .flatMap(SweepRun::arguments)
        .containsExactly("model.weights.path=\"[1].pth\"", "model.weights.path=my model #2.pth");
  }

  @Test
  void anAbsentFileIsRefused() {
    assertThatThrownBy(() -> SweepFile.read(folder.resolve("none.conf")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.conf: no such sweep file");
  }

  @Test
  void theTableIsSortedByRobustAccuracy() {
    SweepRun low = new SweepRun("low", Map.of("a.b", "1"));
    SweepRun high = new SweepRun("high", Map.of("a.b", "2"));
    SweepRun none = new SweepRun("none", Map.of());
    SweepTable table =
        new SweepTable(
            List.of("a.b"),
            List.of(
                RunResult.pending(none, "x"),
                new RunResult(low, "x", RunStatus.DONE, 0.5, 0.25, 3, 61.4),
                new RunResult(high, "x", RunStatus.STOPPED, 0.4, 0.3, 12, 60)));
    assertThat(table.render())
        .isEqualTo(
            """
            run   a.b  clean    robust   best epoch  seconds  status
            high  2    40.00 %  30.00 %  12          60       stopped
            low   1    50.00 %  25.00 %  3           61       done
            none  -    -        -        -           -        pending
            """);
  }

  @Test
  void theBestAccuracyMayBeThatOfAnAverage() {
    RunResult pending = RunResult.pending(new SweepRun("a", Map.of()), "x");
    EpochMetrics none = new EpochMetrics(0, 1, Double.NaN, Double.NaN, 2, 1, Map.of(), 0);
    EpochMetrics raw = new EpochMetrics(1, 1, 0.5, 0.25, 2, 1, Map.of(), 0);
    EpochMetrics averaged =
        new EpochMetrics(
            2,
            1,
            0.6,
            0.25,
            2,
            1,
            Map.of(WeightsKind.EMA, new EpochMetrics.Accuracy(0.55, 0.3)),
            0);
    assertThat(pending.with(List.of(none)))
        .isEqualTo(
            new RunResult(pending.run(), "x", RunStatus.PENDING, Double.NaN, Double.NaN, 0, 2));
    assertThat(pending.with(List.of(none, raw)).bestEpoch()).isEqualTo(2);
    assertThat(pending.with(List.of(none, raw, averaged)))
        .isEqualTo(new RunResult(pending.run(), "x", RunStatus.PENDING, 0.55, 0.3, 3, 6));
  }

  private Sweep read(String text) throws IOException {
    return SweepFile.read(Files.writeString(folder.resolve("decay.conf"), text));
  }
}
