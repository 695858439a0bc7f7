package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.model.GoldenModel.Recorded;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.oracle.Spread;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every family against timm, whose recorded values are float64 results rounded to float32.
 *
 * <p>In float64 our models must give those values to that rounding. What float32 makes of the same
 * code must be as near to its float64 results as rounding allows, see {@link Spread}; that also
 * holds where an argument of ReLU is next to zero and gradients jump by percents.
 *
 * <p>float32 is computed on the device that {@link #DEVICE} names, with pixels that lie in memory
 * either way; on a GPU in TF32, too.
 */
@Numeric
class ParityTest {
  /**
   * XCiT's position features are sines and cosines in float32 in both programs, Swin V2's are
   * logarithms, which differ by an ulp between libraries: relative 2 u, where results were moved by
   * sqrt(n) u.
   */
  private static final double FEATURES = 2 * Rounding.UNIT;

  /** EVA-02's angles go up to 16 there, in float32 from a power that differs by an ulp. */
  private static final double ANGLES = 16 * FEATURES;

  /** The system property with the device of the float32 passes: cuda, or cpu if absent. */
  private static final String DEVICE = "robusttrain.test.device";

  /**
   * TF32 rounds both factors of each product to a relative 2^-11, and adds as float32 does: the
   * exact product of factors one of which was moved by 2^-10.
   */
  private static final double OF_TF32 = 0x1p-10;

  private static ComputeDevice device;

  @BeforeAll
  static void start() {
    Arithmetic.start();
    device = ComputeDevice.named(System.getProperty(DEVICE, "cpu"));
    assertThat(device.available()).as("there is a device %s", device).isTrue();
  }

  @AfterEach
  void computeInFloat32() {
    Fp32Precision.IEEE.choose();
  }

  static Stream<GoldenRun> runs() {
    return GoldenModel.all().stream()
        .flatMap(model -> model.modes().stream().map(mode -> new GoldenRun(model, mode)));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void equalsTimm(GoldenRun run) {
    assertParity(run);
  }

  /** Of ReLU's decisions the moved runs have more overturned, so that they are in the bound. */
  @EnabledIfSystemProperty(
      named = DEVICE,
      matches = "cuda",
      disabledReason = "GPUs alone have TF32")
  @ParameterizedTest
  @MethodSource("runs")
  void equalsTimmInTf32(GoldenRun run) {
    Fp32Precision.TF32.choose();
    SafetensorsFixture fixture = SafetensorsFixture.read(run.recorded().resource());
    Spread spread =
        Spread.of(OF_TF32 + size(fixture), moved -> run.results(ScalarType.Double, moved));
    Map<String, double[]> actual = onDevice(run, MemoryFormat.Contiguous);
    spread.exact().keySet().stream()
        .filter(name -> !name.startsWith(GoldenRun.ZERO))
        .forEach(name -> spread.assertNear(name, actual.get(name)));
  }

  static Stream<Arguments> wrongRules() {
    return Stream.of(
        Arguments.of("deit", "num_heads", 4),
        Arguments.of("vit_parallel", "qk_norm", false),
        Arguments.of("swinv2", "pretrained_window_sizes", List.of(0, 0, 3, 5)),
        Arguments.of("resnet_relu", "act_layer", "gelu"),
        Arguments.of("resnet_gelu", "act_layer", "relu"),
        Arguments.of("xcit_p16", "tokens_norm", false),
        Arguments.of("xcit_p16_notoknorm", "tokens_norm", true));
  }

  /** Rules that are nearly right: they must not pass as rounding. */
  @ParameterizedTest
  @MethodSource("wrongRules")
  void tellsAWrongRuleFromRounding(String file, String argument, Object value) {
    Recorded right = GoldenModel.named(file);
    Map<String, Object> wrong = new HashMap<>(right.overrides());
    wrong.put(argument, value);
    for (String mode : right.modes()) {
      GoldenRun run =
          new GoldenRun(new Recorded(file, right.model(), wrong, right.zeroGradients()), mode);
      assertThatThrownBy(() -> assertParity(run))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("recorded");
    }
  }

  private static Map<String, double[]> onDevice(GoldenRun run, MemoryFormat format) {
    return run.results(new GoldenRun.Way(device, ScalarType.Float, format), Perturbation.NONE);
  }

  private static void assertParity(GoldenRun run) {
    SafetensorsFixture fixture = SafetensorsFixture.read(run.recorded().resource());
    Spread spread = Spread.of(size(fixture), moved -> run.results(ScalarType.Double, moved));
    double gradients = largestGradient(spread.exact());
    double noise = Spread.OF_FLOAT64 + constants(run.recorded().model()) / spread.size();
    spread
        .exact()
        .forEach(
            (name, values) -> {
              if (name.startsWith(GoldenRun.ZERO)) {
                assertThat(Doubles.largest(values)).as(name).isLessThan(1e-12 * gradients);
              } else {
                spread.assertRecorded(name, fixture.floats(name), noise);
              }
            });
    for (MemoryFormat format : List.of(MemoryFormat.Contiguous, MemoryFormat.ChannelsLast)) {
      assertNear(spread, onDevice(run, format), gradients);
    }
  }

  private static void assertNear(Spread spread, Map<String, double[]> actual, double gradients) {
    for (String name : spread.exact().keySet()) {
      if (name.startsWith(GoldenRun.ZERO)) {
        // Terms as large as other gradients cancel, each with its rounding.
        assertThat(Doubles.largest(actual.get(name)))
            .as(name)
            .isLessThan(spread.size() * gradients);
      } else {
        spread.assertNear(name, actual.get(name));
      }
    }
  }

  /** The relative error of a model's constants. */
  private static double constants(String model) {
    if (model.startsWith("eva02")) {
      return ANGLES;
    }
    return model.startsWith("xcit") || model.startsWith("swinv2") ? FEATURES : 0;
  }

  /** The longest sums are those of batch norm and of the first weights' gradients: over B, H, W. */
  private static double size(SafetensorsFixture fixture) {
    long[] shape = fixture.shape("x");
    return Perturbation.ofSums(shape[0] * shape[2] * shape[3]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xcit_p16_rect", "xcit_p4_32"})
  void inputGradientAloneLeavesParameterGradientsAlone(String file) {
    try (PointerScope scope = new PointerScope();
        GoldenModel golden = new GoldenModel(GoldenModel.named(file), ScalarType.Double);
        Classifier model = golden.architecture.bind(golden.parameters)) {
      Tensor pixels = golden.pixels();
      pixels.set_requires_grad(true);
      Tensor loss = torch.cross_entropy(model.forward(pixels, ForwardPass.eval()), golden.labels());
      Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(pixels)).get(0);
      double[] whole =
          new GoldenRun(golden.recorded, "eval")
              .results(ScalarType.Double, Perturbation.NONE)
              .get("grad_input_eval");
      assertThat(Doubles.largestDifference(Doubles.of(gradient), whole))
          .isLessThanOrEqualTo(1e-12 * Doubles.largest(whole));
      assertThat(Tensors.toArray(golden.parameters.gradients())).containsOnly(0f);
    }
  }

  private static double largestGradient(Map<String, double[]> results) {
    return results.entrySet().stream()
        .filter(result -> result.getKey().startsWith("grad_"))
        .mapToDouble(result -> Doubles.largest(result.getValue()))
        .max()
        .orElseThrow();
  }
}
