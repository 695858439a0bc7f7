package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.robusttrain.checkpoint.FaultPlan.Fault;
import io.robusttrain.storage.CommitProtocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The claim that matters: a crash at any call of a checkpoint's life costs nothing but that life.
 */
@Tag("slow")
class CheckpointCrashTest {
  /** Every so many first crashes are followed by second ones. */
  private static final int SAMPLE = 11;

  @TempDir Path dir;

  /** File systems with the protocols that run on them. */
  enum Place {
    LOCAL_RENAME(CommitProtocol.RENAME),
    LOCAL_COMMIT_FILE(CommitProtocol.FILE),
    OBJECT_STORE(CommitProtocol.FILE),
    REFUSING_RENAME(CommitProtocol.RENAME);

    private final CommitProtocol protocol;

    Place(CommitProtocol protocol) {
      this.protocol = protocol;
    }

    CrashWorld world(Path dir) throws IOException {
      if (this == OBJECT_STORE) {
        return new CrashWorld(
            new org.apache.hadoop.fs.Path("objectstore://" + dir.getFileName() + "/runs/trial"),
            ObjectStoreFileSystem.settings(),
            protocol);
      }
      if (this == REFUSING_RENAME) {
        return new CrashWorld(
            RefusingRenameFileSystem.path(dir.resolve("trial")),
            RefusingRenameFileSystem.settings(),
            protocol);
      }
      return new CrashWorld(
          new org.apache.hadoop.fs.Path(dir.resolve("trial").toUri()),
          PlainLocalFileSystem.settings(),
          protocol);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCrashAtAnyCallOfACycleLosesNoCheckpoint(Place place) throws IOException {
    CrashWorld world = place.world(dir);
    List<FaultPlan.Call> calls = calls(world, place.name());
    int crashes = 0;
    for (int i = 0; i < calls.size(); i++) {
      for (Fault fault : deaths(calls.get(i))) {
        world.reset();
        die(world, place.name(), i, fault);
        int newest = world.requireWhole(6, 7);
        world.requireRecovery(newest + 1);
        crashes++;
      }
    }
    report(place, calls, crashes);
    assertThat(calls).hasSizeGreaterThan(50);
  }

  /** Of a process that goes on to clean up behind itself. */
  @ParameterizedTest
  @EnumSource(names = {"LOCAL_RENAME", "OBJECT_STORE", "REFUSING_RENAME"})
  void aFailureOfAnyCallLosesNoCheckpoint(Place place) throws IOException {
    CrashWorld world = place.world(dir);
    List<FaultPlan.Call> calls = calls(world, place.name());
    int failures = 0;
    for (int i = 0; i < calls.size(); i += place == Place.OBJECT_STORE ? 1 : 3) {
      for (Fault fault : List.of(Fault.REFUSED, Fault.ANSWER_LOST)) {
        world.reset();
        FaultPlan plan = FaultPlan.at(place.name(), i, fault);
        try {
          world.cycle(place.name(), 7);
        } catch (FaultPlan.InjectedFault e) {
          failures++;
        }
        assertThat(plan.hasHappened()).isTrue();
        int newest = world.requireWhole(6, 7);
        world.requireRecovery(newest + 1);
      }
    }
    System.out.printf("%s: %d failed calls reported%n", place, failures);
    assertThat(failures).isGreaterThan(20);
  }

  @ParameterizedTest
  @EnumSource(names = {"LOCAL_RENAME", "OBJECT_STORE", "REFUSING_RENAME"})
  void aSecondCrashDuringRecoveryLosesNoCheckpoint(Place place) throws IOException {
    CrashWorld world = place.world(dir);
    List<FaultPlan.Call> calls = calls(world, place.name());
    int crashes = 0;
    for (int first = 0; first < calls.size(); first += SAMPLE) {
      for (int second = first % 7; second < calls.size(); second += SAMPLE) {
        world.reset();
        die(world, place.name(), first, Fault.DEATH_HALFWAY);
        int newest = world.requireWhole(6, 7);
        // Recovery may need fewer calls than the first process, and then does not die.
        FaultPlan.at(place.name(), second, Fault.DEATH_HALFWAY);
        try {
          world.cycle(place.name(), newest + 1);
        } catch (FaultPlan.InjectedFault e) {
          crashes++;
        }
        int again = world.requireWhole(newest, newest + 1);
        world.requireRecovery(again + 1);
      }
    }
    System.out.printf("%s: %d second crashes%n", place, crashes);
    assertThat(crashes).isGreaterThan(20);
  }

  private static List<FaultPlan.Call> calls(CrashWorld world, String plan) throws IOException {
    FaultPlan alive = FaultPlan.none(plan);
    world.reset();
    world.cycle(plan, 7);
    world.requireWhole(7, 7);
    return alive.calls();
  }

  private static void die(CrashWorld world, String plan, int call, Fault fault) {
    FaultPlan dying = FaultPlan.at(plan, call, fault);
    Throwable death = catchThrowable(() -> world.cycle(plan, 7));
    // The last call of a cycle may be one that only tidies up.
    if (death != null) {
      assertThat(death).isInstanceOf(FaultPlan.InjectedFault.class);
    }
    assertThat(dying.hasHappened()).isTrue();
  }

  private static List<Fault> deaths(FaultPlan.Call call) {
    return call.divisible() ? List.of(Fault.DEATH, Fault.DEATH_HALFWAY) : List.of(Fault.DEATH);
  }

  /** For docs/checkpoints.md. */
  private static void report(Place place, List<FaultPlan.Call> calls, int crashes) {
    Map<String, Long> kinds =
        calls.stream()
            .collect(
                Collectors.groupingBy(FaultPlan.Call::kind, TreeMap::new, Collectors.counting()));
    System.out.printf("%s: %d calls %s, %d crashes%n", place, calls.size(), kinds, crashes);
  }
}
