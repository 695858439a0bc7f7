package io.robusttrain.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.pretrained.PositionEmbedding.Grid;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against timm's {@code resample_abs_pos_embed} in float32, which itself differs by up to 3.7e-6
 * from the same in float64: PyTorch computes the interpolation weights in float32.
 */
@Numeric
class PositionEmbeddingTest {
  /**
   * Of a weight: a cubic of a coordinate of at most 16 with an error of 16 u, of slope at most 1.5.
   * The weights of an element have absolute values that sum to at most 8.
   */
  static final double ERROR = 8 * 1.5 * 16 * Rounding.UNIT;

  private final SafetensorsFixture recorded =
      SafetensorsFixture.read("pretrained/pos_embed.safetensors");

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void aResizedEmbeddingEqualsTimms(int index) {
    JsonNode sizes = recorded.metadata("cases").get(index);
    int dim = sizes.get("dim").asInt();
    int prefix = sizes.get("prefix").asInt();
    PositionEmbedding embedding =
        new PositionEmbedding("pos_embed", prefix, grid(sizes.get("new")), dim, 16, 16);
    float[] source = recorded.floats(index + ".in");
    float[] expected = recorded.floats(index + ".out");
    float[] actual = embedding.resize(source, grid(sizes.get("old")));
    double largest = Doubles.largest(Doubles.of(source));
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(ERROR * largest));
    }
    assertThat(Arrays.copyOf(actual, prefix * dim)).isEqualTo(Arrays.copyOf(source, prefix * dim));
  }

  @Test
  void theSameGridIsACopy() {
    float[] source = {1, 2, 3, 4, 5, 6};
    PositionEmbedding embedding = new PositionEmbedding("pos_embed", 0, new Grid(2, 3), 1, 16, 16);
    assertThat(embedding.resize(source, new Grid(2, 3))).isEqualTo(source);
  }

  private static Grid grid(JsonNode sizes) {
    return new Grid(sizes.get(0).asInt(), sizes.get(1).asInt());
  }
}
