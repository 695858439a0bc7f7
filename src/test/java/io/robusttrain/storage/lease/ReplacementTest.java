package io.robusttrain.storage.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.DyingFileSystem;
import io.robusttrain.checkpoint.FaultPlan;
import io.robusttrain.checkpoint.FaultPlan.Fault;
import io.robusttrain.checkpoint.RefusingRenameFileSystem;
import io.robusttrain.report.MetricsCut;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files that are replaced where a rename refuses a name that is taken: whatever call a process dies
 * at, the old content or the new one is there for whoever reads, and gets its name back.
 */
class ReplacementTest {
  private static final Configuration CONF = RefusingRenameFileSystem.settings();
  private static final String ID = "01234567-89ab-cdef-0123-456789abcdef";
  private static final String OTHER = "11234567-89ab-cdef-0123-456789abcdef";
  private static final StepMetrics STEP = new StepMetrics(0, 7, 2.25, 0.015, 1e-4, 0.5, 75, 0.1, 0);
  private static final StepMetrics LATER = new StepMetrics(0, 9, 2, 0.015, 1e-4, 0.5, 75, 0.1, 0);
  private static final LeaseRecord CLAIM =
      new LeaseRecord(
          "mine",
          new LeaseOwner("node1", "", 1, 0, "anna"),
          new RunLeaseTest.HandClock().now(),
          Duration.ofMinutes(1),
          0,
          LeaseRecord.Phase.HELD);

  @TempDir java.nio.file.Path temporary;
  private java.nio.file.Path dir;
  private Path folder;
  private FileSystem fs;

  @BeforeEach
  void locate() throws IOException {
    dir = Files.createDirectory(temporary.resolve("metrics.parts"));
    folder = RefusingRenameFileSystem.path(dir);
    fs = Storage.fileSystem(folder, CONF);
  }

  /** What is replaced again and again in the life of a run. */
  enum Replaced {
    BEST_MODEL {
      @Override
      void begin(FileSystem fs, Path folder) throws IOException {
        replace(fs, folder, "old");
      }

      @Override
      void replace(FileSystem fs, Path folder) throws IOException {
        replace(fs, folder, "new");
      }

      private void replace(FileSystem fs, Path folder, String text) throws IOException {
        Path file = new Path(folder, "model.safetensors");
        Storage.replace(fs, file, out -> out.write(text.getBytes(UTF_8)));
      }

      @Override
      void requireWhole(FileSystem fs, Path folder) throws IOException {
        Path file = new Path(folder, "model.safetensors");
        assertThat(Storage.exists(fs, file)).isTrue();
        assertThat(new String(Storage.bytes(fs, file), UTF_8)).isIn("old", "new");
      }
    },
    METRICS {
      @Override
      void begin(FileSystem fs, Path folder) throws IOException {
        try (MetricsLog log = open(fs, folder, MetricsCut.START)) {
          log.step(STEP);
          log.step(LATER);
        }
      }

      @Override
      void replace(FileSystem fs, Path folder) throws IOException {
        open(fs, folder, new MetricsCut(8, 8, 1)).close();
      }

      private MetricsLog open(FileSystem fs, Path folder, MetricsCut cut) throws IOException {
        Path file = new Path(folder, "metrics.jsonl");
        return MetricsLog.open(fs, file, Fence.none(), cut);
      }

      @Override
      void requireWhole(FileSystem fs, Path folder) throws IOException {
        Path file = new Path(folder, "metrics.jsonl");
        assertThat(MetricsLog.read(fs, file).steps()).startsWith(STEP);
      }
    },
    PARTS {
      /** Nothing can be appended to, as on ofs. */
      @Override
      void begin(FileSystem fs, Path folder) throws IOException {
        FileSystem ofs =
            new FilterFileSystem(fs) {
              @Override
              public boolean hasPathCapability(Path where, String capability) throws IOException {
                return !capability.equals(CommonPathCapabilities.FS_APPEND)
                    && super.hasPathCapability(where, capability);
              }
            };
        try (MetricsLog log =
            MetricsLog.open(ofs, metrics(folder), Fence.none(), MetricsCut.START)) {
          log.step(STEP);
        }
      }

      /** A line more, as at every checkpoint. */
      @Override
      void replace(FileSystem fs, Path folder) throws IOException {
        Path part = new Path(folder, "part-000001-at-000000000000.jsonl");
        byte[] line = Storage.bytes(fs, part);
        Storage.replace(
            fs,
            part,
            out -> {
              out.write(line);
              out.write(line);
            });
      }

      @Override
      void requireWhole(FileSystem fs, Path folder) throws IOException {
        assertThat(MetricsLog.read(fs, metrics(folder)).steps()).startsWith(STEP);
      }

      private Path metrics(Path folder) {
        return new Path(folder.getParent(), "metrics.jsonl");
      }
    },
    LEASE {
      @Override
      void begin(FileSystem fs, Path folder) throws IOException {
        LeaseFiles files = new LeaseFiles(fs, folder);
        assertThat(files.claim(1, CLAIM, new RunLeaseTest.HandClock())).isTrue();
      }

      @Override
      void replace(FileSystem fs, Path folder) throws IOException {
        new LeaseFiles(fs, folder).write(1, CLAIM.next());
      }

      @Override
      void requireWhole(FileSystem fs, Path folder) throws IOException {
        LeaseFiles.Seen seen = new LeaseFiles(fs, folder).highest().orElseThrow();
        assertThat(seen.number()).isEqualTo(1);
        assertThat(seen.content().orElseThrow()).isIn(CLAIM, CLAIM.next());
      }
    };

    abstract void begin(FileSystem fs, Path folder) throws IOException;

    abstract void replace(FileSystem fs, Path folder) throws IOException;

    abstract void requireWhole(FileSystem fs, Path folder) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void noDeathAndNoFailureLosesAFile(Replaced file) throws IOException {
    String name = file.name();
    FaultPlan alive = FaultPlan.none(name);
    file.begin(fs, folder);
    file.replace(dying(name), folder);
    List<FaultPlan.Call> calls = alive.calls();
    assertThat(calls).extracting(FaultPlan.Call::kind).contains("rename", "delete", "write");
    for (int i = 0; i < calls.size(); i++) {
      for (Fault fault : Fault.values()) {
        fs.delete(folder, true);
        fs.mkdirs(folder);
        file.begin(fs, folder);
        FaultPlan plan = FaultPlan.at(name, i, fault);
        try {
          file.replace(dying(name), folder);
        } catch (FaultPlan.InjectedFault expected) {
          file.requireWhole(fs, folder);
        }
        assertThat(plan.hasHappened()).isTrue();
        file.requireWhole(fs, folder);
        Storage.clearTemporaries(fs, folder, Fence.none());
        file.requireWhole(fs, folder);
        assertThat(dir.toFile().list()).as("%s at %s", fault, calls.get(i)).hasSize(1);
        assertThat(dir.toFile().list()[0]).doesNotStartWith(".");
      }
    }
  }

  private FileSystem dying(String plan) throws IOException {
    return Storage.fileSystem(folder, DyingFileSystem.settings(plan));
  }

  @Test
  void theNewCopyGetsTheNameWhereItIsFree() throws IOException {
    write(".best.old-" + ID, "old");
    write(".best.new-" + ID, "new");
    write(".report.old-" + OTHER, "report");
    write(".config.tmp-" + ID, "half of ");
    Storage.clearTemporaries(fs, folder, Fence.none());
    assertThat(names()).containsExactly("best", "report");
    assertThat(dir.resolve("best")).hasContent("new");
    assertThat(dir.resolve("report")).hasContent("report");
  }

  @Test
  void copiesGoWhereTheFileIsThere() throws IOException {
    write("best", "best");
    write(".best.old-" + ID, "old");
    write(".best.new-" + OTHER, "new");
    Storage.clearTemporaries(fs, folder, Fence.none());
    assertThat(names()).containsExactly("best");
    assertThat(dir.resolve("best")).hasContent("best");
  }

  @Test
  void whoLostTheRunRecoversNothing() throws IOException {
    write(".best.old-" + ID, "old");
    Fence lost =
        () -> {
          throw new RunLeaseException("lost");
        };
    assertThatThrownBy(() -> Storage.clearTemporaries(fs, folder, lost))
        .isInstanceOf(RunLeaseException.class)
        .hasMessage("lost");
    assertThat(names()).containsExactly(".best.old-" + ID);
  }

  /** The next owner of a run whose owner died while its beat had no name of its own. */
  @Test
  void aClaimWithoutItsNameIsNotFree() throws IOException {
    LeaseFiles files = new LeaseFiles(fs, folder);
    RunLeaseTest.HandClock clock = new RunLeaseTest.HandClock();
    assertThat(files.claim(1, CLAIM, clock)).isTrue();
    fs.rename(new Path(folder, "0000000001.json"), new Path(folder, ".0000000001.json.old-" + ID));
    assertThat(files.highest().orElseThrow().number()).isEqualTo(1);
    assertThat(files.claim(2, CLAIM, clock)).isTrue();
    assertThat(files.claim(3, CLAIM, clock)).isTrue();
    files.clearBelow(3);
    assertThat(names()).containsExactly("0000000002.json", "0000000003.json");
  }

  /** Where its folder is on a disk; absent folders have no place. */
  @Test
  void aFileInAnAbsentFolderOfAViewIsNotThere() throws IOException {
    Configuration conf = new Configuration();
    conf.set("fs.viewfs.mounttable.view.link./data", temporary.toUri().toString());
    Path file = new Path("viewfs://view/data/sweep/sweep.json");
    FileSystem view = Storage.fileSystem(file, conf);
    assertThat(Storage.exists(view, file)).isFalse();
    assertThatThrownBy(() -> Storage.bytes(view, file)).isInstanceOf(FileNotFoundException.class);
    Files.createDirectory(temporary.resolve("sweep"));
    assertThat(Storage.exists(view, file)).isFalse();
    Storage.replace(view, file, out -> out.write(1));
    Storage.replace(view, file, out -> out.write(2));
    assertThat(Storage.bytes(view, file)).containsExactly(2);
  }

  @Test
  void whoLosesTheRunBetweenTheStepsPutsTheFileBack() throws IOException {
    write("best", "old");
    int[] questions = {0};
    Fence lost =
        () -> {
          if (++questions[0] == 2) {
            throw new RunLeaseException("lost");
          }
        };
    Path file = new Path(folder, "best");
    assertThatThrownBy(() -> Storage.replace(fs, file, lost, out -> out.write(1)))
        .isInstanceOf(RunLeaseException.class)
        .hasMessage("lost");
    assertThat(names()).containsExactly("best");
    assertThat(dir.resolve("best")).hasContent("old");
  }

  private void write(String name, String text) throws IOException {
    try (OutputStream out = fs.create(new Path(folder, name), true)) {
      out.write(text.getBytes(UTF_8));
    }
  }

  private List<String> names() {
    return Arrays.stream(dir.toFile().list()).sorted().toList();
  }
}
