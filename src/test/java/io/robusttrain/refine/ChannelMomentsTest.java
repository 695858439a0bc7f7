package io.robusttrain.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelMomentsTest {
  private static final int CHANNELS = 3;

  /** Statistics of blocks of unequal size, beside PyTorch's of all values at once. */
  @ParameterizedTest
  @ValueSource(strings = {"last", "second"})
  void blocksMakeTheStatisticsOfAllValues(String kind) throws IOException {
    JsonNode recorded;
    try (InputStream in = getClass().getResourceAsStream("/refine/meansparse.json")) {
      recorded = Json.tree(in).path(kind);
    }
    ChannelMoments moments = new ChannelMoments(CHANNELS);
    for (JsonNode block : recorded.path("blocks")) {
      moments.add(part(block, kind));
    }
    double[] means = Json.array(recorded, "mean", double[].class);
    double[] deviations = Json.array(recorded, "std", double[].class);
    for (int channel = 0; channel < CHANNELS; channel++) {
      assertThat(moments.mean(channel)).isCloseTo(means[channel], within(1e-14 * 20));
      assertThat(moments.std(channel)).isCloseTo(deviations[channel], within(1e-13));
    }
  }

  private static double[][] part(JsonNode block, String kind) {
    double[] values = Json.array(block, "values", double[].class);
    long[] shape = Json.array(block, "shape", long[].class);
    int inner = kind.equals("last") ? 1 : (int) (shape[2] * shape[3]);
    double[][] part = new double[3][CHANNELS];
    for (int channel = 0; channel < CHANNELS; channel++) {
      int number = channel;
      double[] own =
          java.util.stream.IntStream.range(0, values.length)
              .filter(i -> i / inner % CHANNELS == number)
              .mapToDouble(i -> values[i])
              .toArray();
      double mean = Arrays.stream(own).average().orElseThrow();
      part[0][channel] = own.length;
      part[1][channel] = mean;
      part[2][channel] = Arrays.stream(own).map(x -> (x - mean) * (x - mean)).sum();
    }
    return part;
  }

  /** A sum of squares would lose all 16 digits here. */
  @Test
  void aLargeMeanHidesNoDeviation() {
    ChannelMoments moments = new ChannelMoments(1);
    moments.add(new double[][] {{1}, {1e9}, {0}});
    moments.add(new double[][] {{1}, {1e9 + 2}, {0}});
    moments.add(new double[][] {{2}, {1e9 + 1}, {0}});
    assertThat(moments.mean(0)).isEqualTo(1e9 + 1);
    assertThat(moments.std(0)).isEqualTo(Math.sqrt(0.5));
  }
}
