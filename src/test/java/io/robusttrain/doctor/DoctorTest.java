package io.robusttrain.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.robusttrain.doctor.check.Check;
import io.robusttrain.doctor.check.Finding;
import io.robusttrain.doctor.check.Finding.Verdict;
import io.robusttrain.doctor.check.Line;
import io.robusttrain.doctor.check.Place;
import io.robusttrain.doctor.check.Place.Role;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.tensor.Blas;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gathering, folding, printing, and what is left behind. */
@Tag("slow")
class DoctorTest {
  private static final Place HERE = new Place(Role.BOTH, "driver", "alpha");

  @TempDir(factory = OddFolder.class)
  private Path folder;

  /** A check that does what it is told. */
  private record Told(String name, Thread.State state, Duration limit) implements Check<String> {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    @Override
    public String examine(Place place) throws Exception {
      return switch (state) {
        case BLOCKED -> throw new IOException("wrapped", new IOException("the disk is gone"));
        case WAITING -> {
          NEVER.await();
          yield "never";
        }
        default -> "fact";
      };
    }

    @Override
    public List<Finding> judge(Place place, String facts) {
      return List.of(Finding.ok(facts));
    }

    @Override
    public String remedy() {
      return "repair " + name;
    }
  }

  @Test
  void aCheckThatFailsOrHangsIsAFailureWithItsCause() throws Exception {
    List<Check<?>> checks =
        List.of(
            new Told("hangs", Thread.State.WAITING, Duration.ofMillis(1200)),
            new Told("fails", Thread.State.BLOCKED, Duration.ofMinutes(10)),
            new Told("works", Thread.State.RUNNABLE, Duration.ofMinutes(10)));
    List<Line> lines = Diagnosis.of(checks, Map.of(HERE, Examination.of(checks, HERE)));
    assertThat(lines)
        .extracting(Line::finding)
        .containsExactly(
            Finding.failed("did not end within 1 s", "repair hangs"),
            Finding.failed("IOException: the disk is gone", "repair fails"),
            Finding.ok("fact"));
  }

  @Test
  void equalFindingsOfManyExecutorsAreOneLine() {
    List<Place> places = new ArrayList<>();
    places.add(new Place(Role.DRIVER, "driver", "alpha"));
    IntStream.of(10, 3, 0, 1, 2, 7, 8)
        .forEach(id -> places.add(new Place(Role.EXECUTOR, Integer.toString(id), "beta")));
    assertThat(DoctorText.places(places.stream().sorted().toList()))
        .isEqualTo("driver, executors 0-3, 7-8, 10");
    assertThat(DoctorText.places(List.of(HERE))).isEqualTo("this machine");
    assertThat(DoctorText.places(List.of())).isEqualTo("cluster");
  }

  @Test
  void troublesArePrintedWithTheirRemediesInATerminalsWidth() {
    Place one = new Place(Role.EXECUTOR, "0", "beta");
    List<Line> lines =
        List.of(
            new Line("java", List.of(HERE), Finding.ok("Java 17")),
            new Line(
                "cores", List.of(HERE, one), Finding.warning("word ".repeat(30).strip(), "do it")),
            new Line("run dir", List.of(one), Finding.failed("not seen", "share it")));
    DoctorReport report = new DoctorReport(lines, new Place(Role.DRIVER, "driver", "alpha"), 1);
    assertThat(report.failed()).isTrue();
    String text = DoctorText.troubles(report);
    assertThat(text.lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(117));
    assertThat(text)
        .doesNotContain("Java 17")
        .contains("FAILED   run dir    executor 0             not seen (beta)\n")
        .contains("\n                                           -> share it\n")
        .endsWith("doctor     3 checks on driver and 1 executor: 1 FAILED, 1 warning\n");
    assertThat(DoctorText.whole(report))
        .startsWith("ok       java       this machine           Java 17\n");
    assertThat(DoctorJson.of(report))
        .contains("\"verdict\" : \"failed\"", "\"remedy\" : \"share it\"");
  }

  @Test
  void aTroubleWithoutRemedyIsNoFinding() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Finding(Verdict.FAILED, "broken", ""))
        .withMessage("a remedy belongs to each trouble: broken");
  }

  @Test
  void thisMachineIsFitAndNothingIsLeftBehind() throws Exception {
    DoctorReport report = doctor(folder.resolve("new/runs")).driver(Doctor.Master.LOCAL);
    assertThat(report.failed()).as(DoctorText.whole(report)).isFalse();
    assertThat(DoctorText.whole(report).replaceAll("\\s+", " "))
        .contains(Blas.current().title() + " ", "OpenCV 4.", "committed by rename")
        .contains(NativeRuntime.convolves() ? "glibc 2." : "does not say what caches it has")
        .contains("Java " + Runtime.version().feature());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aRunDirectoryThatIsNoFolderFails() throws Exception {
    Path file = Files.writeString(folder.resolve("runs"), "a file");
    DoctorReport report = doctor(file).driver(Doctor.Master.LOCAL);
    assertThat(report.failed()).isTrue();
    assertThat(DoctorText.troubles(report))
        .contains("FAILED   run dir    this machine")
        .contains("-> let the driver's user create, write, rename and delete there");
    assertThat(file).hasContent("a file");
  }

  @Test
  void anUnknownFileSystemFails() throws Exception {
    DoctorReport report =
        new Doctor(demands("nofs://somewhere/runs"), new Configuration(), Demands.Depth.QUICK)
            .driver(Doctor.Master.LOCAL);
    assertThat(DoctorText.troubles(report)).contains("UnsupportedFileSystemException: No");
  }

  private static Doctor doctor(Path runs) {
    return new Doctor(demands(runs.toString()), new Configuration(), Demands.Depth.QUICK);
  }

  private static Demands demands(String runs) {
    return new Demands(1, 1, "cpu", runs, Optional.empty(), List.of(), Optional.empty());
  }
}
