package io.robusttrain.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.PositionTable;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against timm's {@code resize_rel_pos_bias_table}, which computes in float32. */
class PositionBiasTest {
  /**
   * Places of at most 32 are rounded to float32 from sums that may differ in their last bit, so by
   * 64 u, and lie at least 1 apart; a weight of either direction errs by as much, of two values
   * each.
   */
  private static final double ERROR = 2 * 2 * 64 * Rounding.UNIT;

  private final SafetensorsFixture recorded =
      SafetensorsFixture.read("pretrained/position-bias.safetensors");

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void aResizedTableEqualsTimms(int index) {
    JsonNode sizes = recorded.metadata("cases").get(index);
    int extra = sizes.get("extra").asInt();
    int heads = sizes.get("heads").asInt();
    JsonNode window = sizes.get("new");
    PositionBias bias = bias(window.get(0).asInt(), window.get(1).asInt(), extra, heads);
    float[] source = recorded.floats(index + ".in");
    float[] expected = recorded.floats(index + ".out");
    float[] actual = bias.resize(source, sizes.get("old").asInt());
    double largest = Doubles.largest(Doubles.of(source));
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(ERROR * largest));
    }
    int kept = extra * heads;
    assertThat(Arrays.copyOfRange(actual, actual.length - kept, actual.length))
        .isEqualTo(Arrays.copyOfRange(source, source.length - kept, source.length));
  }

  @Test
  void onlyTablesOfOtherSquareWindowsAreResized() {
    PositionBias bias = bias(4, 4, 3, 2);
    assertThat(bias.sideOf(stored(13 * 13 + 3, 2))).contains(7);
    assertThat(bias.sideOf(stored(7 * 7 + 3, 2))).isEmpty();
    assertThat(bias.sideOf(stored(13 * 13, 2))).isEmpty();
    assertThat(bias.sideOf(stored(12 * 12 + 3, 2))).isEmpty();
    assertThat(bias.sideOf(stored(13 * 13 + 3, 3))).isEmpty();
    assertThat(bias.sideOf(stored(3, 2))).isEmpty();
  }

  private static PositionBias bias(int rows, int columns, int extra, int heads) {
    return new PositionBias(new PositionTable("table", rows, columns, extra), heads);
  }

  private static TensorSpec stored(long lines, long heads) {
    return new TensorSpec("table", DType.F32, List.of(lines, heads));
  }
}
