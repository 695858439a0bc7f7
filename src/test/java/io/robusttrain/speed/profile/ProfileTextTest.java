package io.robusttrain.speed.profile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A profile's tables and JSON. */
class ProfileTextTest {
  private static final Cost MM = new Cost(12, 0.3, 0.1, 600_000_000, 12, 40_000_000);
  private static final Cost NOVEL = new Cost(1, 0.1, 0, 0, 0, 0);
  private static final StepProfile PROFILE =
      new StepProfile(
          3,
          0.5,
          0.45,
          0.025,
          new TreeMap<>(Map.of("aten::mm", MM, "aten::nobody_knows_it", NOVEL)),
          Map.of(OperationKind.MATRIX_PRODUCT, MM, OperationKind.OTHER, NOVEL));

  @Test
  void theLinesOfAStepAddUpToItsWallTime() {
    assertThat(ProfileText.of(PROFILE).lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "profile a step in 0.500 s, 0.450 s without recording: 13 operations",
            "",
            "kind ms of step attack training calls MB moved GB/s allocs MB",
            "matrix product 300.0 60.0 % 100.0 200.0 12 600.0 2.0 12 40.0",
            "other 100.0 20.0 % 0.0 100.0 1 0.0 - 0 0.0",
            "between operations 75.0 15.0 %",
            "optimiser 25.0 5.0 %",
            "all operations 400.0 80.0 % 100.0 300.0 13 600.0 1.5 12 40.0",
            "",
            "operation ms of step attack training calls MB moved GB/s allocs MB",
            "aten::mm 300.0 60.0 % 100.0 200.0 12 600.0 2.0 12 40.0",
            "aten::nobody_knows_it 100.0 20.0 % 0.0 100.0 1 0.0 - 0 0.0");
  }

  @Test
  void partsThatAreNotKnownAreADashAndNull() {
    Cost mixed = new Cost(1, 0.1, Double.NaN, 0, 0, 0);
    StepProfile profile =
        new StepProfile(
            3,
            0.5,
            0.45,
            0,
            new TreeMap<>(Map.of("aten::mm", mixed)),
            Map.of(OperationKind.MATRIX_PRODUCT, mixed));
    assertThat(ProfileText.of(profile).replaceAll(" +", " "))
        .contains("matrix product 100.0 20.0 % - - 1 ");
    assertThat(ProfileJson.of(profile).at("/kinds/matrix_product/attack_seconds").isNull())
        .isTrue();
  }

  @Test
  void jsonHasEveryOperation() {
    JsonNode json = ProfileJson.of(PROFILE);
    assertThat(json.get("between_operations_seconds").asDouble()).isEqualTo(0.5 - 0.025 - 0.4);
    assertThat(json.at("/kinds/other/calls").asLong()).isEqualTo(1);
    assertThat(json.get("operations").get("aten::mm").toString())
        .isEqualTo(
            "{\"seconds\":0.3,\"attack_seconds\":0.1,\"calls\":12,\"bytes_moved\":600000000,\"allocations\":12,\"allocated_bytes\":40000000}");
  }
}
