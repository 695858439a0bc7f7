package io.robusttrain.app.refine;

import io.robusttrain.data.load.SampleReader;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import io.robusttrain.evaluate.run.TinyVictim;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.apache.hadoop.conf.Configuration;

/** What the first convolution of a {@link TinyVictim} gives, 3x3 and padded, in float64. */
final class FirstConvolution {
  private static final int SIDE = 32;
  private static final String NAME = "patch_embed.proj.0.0.weight";

  private FirstConvolution() {}

  /** The channels that it gives. */
  static int channels(Map<String, float[]> tensors) {
    return tensors.get(NAME).length / 27;
  }

  /** All values of a channel, of the images {@code from} to {@code to}, exclusive. */
  static double[] of(TinyVictim victim, Map<String, float[]> tensors, int channel, int from, int to)
      throws IOException {
    SampleReader reader =
        new SampleReader(
            new Configuration(),
            victim.images(),
            new EvalTransform(SIDE, 1.0, Interpolation.BICUBIC));
    float[] weight = Arrays.copyOfRange(tensors.get(NAME), 27 * channel, 27 * channel + 27);
    byte[] image = new byte[3 * SIDE * SIDE];
    double[] values = new double[(to - from) * SIDE * SIDE];
    int next = 0;
    for (int id = from; id < to; id++) {
      reader.read(id, image, 0);
      for (int place = 0; place < SIDE * SIDE; place++) {
        values[next++] = at(image, weight, place / SIDE, place % SIDE);
      }
    }
    return values;
  }

  private static double at(byte[] image, float[] weight, int y, int x) {
    double sum = 0;
    for (int i = 0; i < weight.length; i++) {
      int row = y + i / 3 % 3 - 1;
      int column = x + i % 3 - 1;
      if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) {
        sum += (image[(i / 9 * SIDE + row) * SIDE + column] & 0xFF) / 255.0 * weight[i];
      }
    }
    return sum;
  }

  static double mean(double... values) {
    return DoubleStream.of(values).average().orElseThrow();
  }

  /** The sum of squared deviations from the mean. */
  static double squares(double... values) {
    double mean = mean(values);
    return DoubleStream.of(values).map(x -> (x - mean) * (x - mean)).sum();
  }
}
