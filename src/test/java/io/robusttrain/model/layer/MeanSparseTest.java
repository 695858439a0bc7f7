package io.robusttrain.model.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator against PyTorch's, see {@code src/test/scripts/refine-oracle.py}. */
class MeanSparseTest {
  private static final int CHANNELS = 3;

  private static JsonNode recorded() throws IOException {
    try (InputStream in = MeanSparseTest.class.getResourceAsStream("/refine/meansparse.json")) {
      return Json.tree(in);
    }
  }

  private static MeanSparse in(Scope scope, String kind) {
    return kind.equals("last")
        ? MeanSparse.ofLast(scope, CHANNELS)
        : MeanSparse.ofSecond(scope, CHANNELS);
  }

  private static double[] doubles(JsonNode node, String field) {
    return Json.array(node, field, double[].class);
  }

  /** What a function of a sparsified scope gives, in float64 with the recorded statistics. */
  private static void bound(
      String kind, JsonNode kase, double alpha, Function<MeanSparse, Void> use) {
    DeclaredWeights declared =
        DeclaredWeights.of(scope -> in(scope.sparsified(alpha).child("act"), kind));
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters =
            new FlatParameters(declared.layout(), ComputeDevice.CPU, torch.ScalarType.Double);
        BoundWeights bound = new BoundWeights(parameters, Scope.LayerObserver.NONE)) {
      try (NoGradGuard guard = new NoGradGuard()) {
        for (String name : new String[] {"mean", "std"}) {
          parameters
              .value("act.mean_sparse." + name)
              .copy_(Doubles.tensor(doubles(kase, name), CHANNELS));
        }
      }
      use.apply(in(Scope.root(bound).sparsified(alpha).child("act"), kind));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"last", "second"})
  void valuesNearTheirMeanBecomeItAndPassNoGradient(String kind) throws IOException {
    JsonNode kase = recorded().path(kind);
    JsonNode block = kase.path("blocks").path(0);
    long[] shape = Json.array(block, "shape", long[].class);
    bound(
        kind,
        kase,
        recorded().path("alpha").asDouble(),
        sparse -> {
          Tensor input = Doubles.tensor(doubles(block, "values"), shape).requires_grad_(true);
          Tensor output = sparse.of(input);
          // No arithmetic leads to a value: it is the mean or the input.
          assertThat(Doubles.of(output.detach())).containsExactly(doubles(kase, "output"));
          Tensor loss =
              torch.gelu(output).mul(Doubles.tensor(doubles(kase, "weight"), shape)).sum();
          Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(input)).get(0);
          double[] expected = doubles(kase, "gradient");
          assertThat(Doubles.largestDifference(Doubles.of(gradient), expected))
              .isCloseTo(0, within(1e-14 * (1 + Doubles.largest(expected))));
          assertThat(DoubleStream.of(Doubles.of(gradient)).filter(slope -> slope == 0).count())
              .isEqualTo(kase.path("near").asInt());
          return null;
        });
  }

  @Test
  void withNoReachOnlyTheMeanItselfIsNear() throws IOException {
    JsonNode kase = recorded().path("last");
    JsonNode block = kase.path("blocks").path(0);
    long[] shape = Json.array(block, "shape", long[].class);
    bound(
        "last",
        kase,
        0,
        sparse -> {
          Tensor input = Doubles.tensor(doubles(block, "values"), shape);
          assertThat(Doubles.of(sparse.of(input))).containsExactly(doubles(block, "values"));
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"last", "second"})
  void elsewhereItHasNoTensorAndComputesNothing(String kind) {
    assertThat(DeclaredWeights.of(scope -> in(scope, kind)).layout().specs()).isEmpty();
    try (PointerScope scope = new PointerScope()) {
      Tensor input = torch.zeros(1, CHANNELS, 1, CHANNELS);
      DeclaredWeights.of(place -> assertThat(in(place, kind).of(input)).isSameAs(input));
    }
  }
}
