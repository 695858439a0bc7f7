package io.robusttrain.speed.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What libtorch's recorders write, and what is made of it. */
class RecordsTest {
  private static final String NONE = "{\"values\": [], \"shapes\": [], \"strides\": []}";

  /** A clone of a row that is expanded to four, in a list; the caller ends last. */
  private static final String TRACE =
      """
      {"schema": "1.1.1-chakra.0.0.4", "pid": 1, "nodes": [
        {"id": 2, "name": "[pytorch|profiler|execution_trace|thread]", "ctrl_deps": 1,
         "inputs": %1$s, "outputs": %1$s},
        {"id": 5, "name": "aten::copy_", "ctrl_deps": 4,
         "inputs": {"values": [[7, 8, 0, 12, 4, "cpu"], [9, 10, 0, 12, 4, "cpu"], 0.5, "<None>"],
           "shapes": [[4, 3], [4, 3], [], []], "strides": [[3, 1], [0, 1], [], []]},
         "outputs": {"values": [[7, 8, 0, 12, 4, "cpu"]], "shapes": [[4, 3]], "strides": [[3, 1]]}},
        {"id": 4, "name": "aten::clone", "ctrl_deps": 2,
         "inputs": {"values": [[[9, 10, 0, 12, 4, "cpu"]]], "shapes": [[[4, 3]]],
           "strides": [[[0, 1]]]},
         "outputs": {"values": [[7, 8, 0, 12, 4, "cpu"]], "shapes": [[4, 3]], "strides": [[3, 1]]}},
        {"id": 1, "name": "[pytorch|profiler|execution_trace|process]", "ctrl_deps": 1,
         "inputs": %1$s, "outputs": %1$s}
      ], "finish_ts": 3}
      """
          .formatted(NONE);

  @TempDir private Path folder;

  @Test
  void anExpandedTensorHasTheBytesOfItsMemory() throws IOException {
    TensorUse row = new TensorUse(10, List.of(4, 3), 12);
    TensorUse result = new TensorUse(8, List.of(4, 3), 48);
    assertThat(TensorRecord.read(file(TRACE)))
        .containsExactly(
            new Operation("aten::copy_", 1, false, List.of(result, row), List.of(result)),
            new Operation("aten::clone", -1, false, List.of(row), List.of(result)));
  }

  @Test
  void whatWasCutOffIsRefusedWithARemedy() throws IOException {
    Path tensors = file(TRACE.substring(0, TRACE.length() / 2));
    assertThatThrownBy(() -> TensorRecord.read(tensors))
        .isInstanceOf(ProfileException.class)
        .hasMessageStartingWith("libtorch's record of a step cannot be read (it is not JSON")
        .hasMessageEndingWith(
            "free some space in " + folder + ", or time the step without --profile");
    Path times = file("[{\"name\": \"aten::mm\", \"ts\": 1.0}]");
    assertThatThrownBy(() -> Timing.read(times))
        .isInstanceOf(ProfileException.class)
        .hasMessageContaining("a step's times cannot be read (field 'dur' is missing)");
  }

  @Test
  void whatThePoolComputesIsCountedButNotTimed() throws IOException {
    String pool =
        "{'id': 6, 'name': '[pytorch|profiler|execution_trace|thread]', 'ctrl_deps': 1, 'inputs': %1$s, 'outputs': %1$s}, {'id': 7, 'name': 'aten::select', 'ctrl_deps': 6, 'inputs': %1$s, 'outputs': %1$s}, "
            .replace('\'', '"')
            .formatted(NONE);
    String both = TRACE.replace("{\"id\": 4", pool + "{\"id\": 4");
    assertThat(TensorRecord.read(file(both)))
        .extracting(Operation::name, Operation::parent, Operation::helper)
        .containsExactly(
            tuple("aten::copy_", 2, false),
            tuple("aten::select", -1, true),
            tuple("aten::clone", -1, false));
    ProfiledOperations operations = new ProfiledOperations(census(both));
    operations.add(List.of(timing("aten::copy_", 1, 1), timing("aten::clone", 0, 3)), 0);
    assertThat(operations.byName().get("aten::clone").seconds()).isEqualTo(2);
    assertThat(operations.byName().get("aten::select")).isEqualTo(new Cost(1, 0, 0, 0, 0, 0));
  }

  @Test
  void timesAreOfTheOperationsThemselves() throws IOException {
    ProfiledOperations operations = new ProfiledOperations(census(TRACE));
    Path times =
        file(
            """
            [{"name": "aten::copy_", "ts": 12.0, "dur": 5.0, "tid": 2},
             {"name": "aten::clone", "ts": 10.0, "dur": 8.0, "tid": 2}]
            """);
    operations.add(Timing.read(times), 7e-6);
    operations.add(
        List.of(timing("aten::copy_", 15e-6, 1e-6), timing("aten::clone", 0, 20e-6)), 7e-6);
    Cost copy = operations.byName().get("aten::copy_");
    assertThat(copy.seconds()).isCloseTo(3e-6, within());
    // Training begins at 11 of 18 microseconds, and at 13 of 20.
    assertThat(copy.attackSeconds()).isZero();
    Cost clone = operations.byName().get("aten::clone");
    assertThat(clone.seconds()).isCloseTo((3e-6 + 19e-6) / 2, within());
    assertThat(clone.attackSeconds()).isCloseTo((8e-6 + 20e-6) / 2, within());
    Cost kind = operations.byKind().get(OperationKind.COPY);
    assertThat(kind.calls()).isEqualTo(2);
    assertThat(kind.seconds()).isCloseTo(14e-6, within());
  }

  @Test
  void partsAreUnknownWhereMicroBatchesTakeTurns() throws IOException {
    ProfiledOperations operations = new ProfiledOperations(census(TRACE));
    operations.add(List.of(timing("aten::copy_", 0, 1), timing("aten::clone", 0, 2)), Double.NaN);
    assertThat(operations.byName().get("aten::clone").attackSeconds()).isNaN();
    assertThat(operations.byName().get("aten::clone").seconds()).isEqualTo(1);
  }

  @Test
  void timesOfOtherOperationsAreRefused() throws IOException {
    ProfiledOperations operations = new ProfiledOperations(census(TRACE));
    assertThatThrownBy(() -> operations.add(List.of(timing("aten::copy_", 0, 1)), 0))
        .isInstanceOf(ProfileException.class)
        .hasMessageContaining("do not have the same operations (2 in one, 1 in the other)");
    assertThatThrownBy(() -> operations.add(List.of(timing("aten::mm", 0, 1)), 0))
        .isInstanceOf(ProfileException.class)
        .hasMessageContaining("(number 1 is aten::copy_ in one and aten::mm in the other)");
  }

  private Census census(String trace) throws IOException {
    return new Census(TensorRecord.read(file(trace)));
  }

  private static Timing timing(String name, double begin, double seconds) {
    return new Timing(name, begin, seconds);
  }

  private static Offset<Double> within() {
    return Offset.offset(1e-12);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("record.json"), text);
  }
}
