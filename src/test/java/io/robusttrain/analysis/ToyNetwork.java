package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.base.Json;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.stream.StreamSupport;
import org.bytedeco.pytorch.Tensor;

/**
 * The network of {@code analysis/toy.json} in float64: 48 pixels, a hidden layer of tanh, four
 * classes. Its images, starts and losses were computed by {@code
 * src/test/scripts/analysis-oracle.py}.
 */
final class ToyNetwork implements Classifier {
  private final JsonNode recorded;
  private final long[] shape;

  private ToyNetwork(JsonNode recorded) {
    this.recorded = recorded;
    this.shape = Json.array(recorded, "shape", long[].class);
  }

  static ToyNetwork read() throws IOException {
    try (InputStream in = ToyNetwork.class.getResourceAsStream("/analysis/toy.json")) {
      return new ToyNetwork(Json.tree(in));
    }
  }

  JsonNode recorded() {
    return recorded;
  }

  double epsilon() {
    return recorded.path("epsilon").asDouble();
  }

  int images() {
    return (int) shape[0];
  }

  /** The images, in the caller's {@code PointerScope}, as are all tensors of this class. */
  Pixels pixels() {
    double[] levels = Json.array(recorded, "pixels255", double[].class);
    return Pixels.of(
        Doubles.tensor(Arrays.stream(levels).map(level -> level / 255).toArray(), shape));
  }

  Tensor labels() {
    return Tensors.labels(Json.array(recorded, "labels", int[].class), ComputeDevice.CPU);
  }

  int starts() {
    return recorded.path("starts").size();
  }

  /** A recorded start, on [-1,1). */
  NoiseSource start(int number) {
    double[][] starts = Json.array(recorded, "starts", double[][].class);
    return batch -> Doubles.tensor(starts[number], shape);
  }

  @Override
  public Tensor forward(Tensor pixels, ForwardPass pass) {
    return Tensors.scoped(
        () -> {
          Tensor hidden = pixels.flatten(1, -1).matmul(weight("w1").t()).add(bias("b1")).tanh();
          return hidden.matmul(weight("w2").t()).add(bias("b2"));
        });
  }

  private Tensor weight(String name) {
    JsonNode rows = recorded.path("weights").path(name);
    double[] flat =
        StreamSupport.stream(rows.spliterator(), false)
            .flatMap(row -> StreamSupport.stream(row.spliterator(), false))
            .mapToDouble(JsonNode::asDouble)
            .toArray();
    return Doubles.tensor(flat, rows.size(), rows.path(0).size());
  }

  private Tensor bias(String name) {
    double[] values = Json.array(recorded.path("weights"), name, double[].class);
    return Doubles.tensor(values, values.length);
  }
}
