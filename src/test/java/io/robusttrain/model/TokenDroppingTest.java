package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.model.TokenDropping.Mode;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Patch tokens that a forward leaves out: 12 of the 16 of an image of 32 pixels. */
class TokenDroppingTest {
  private static final String DEIT = "deit_tiny_patch16_224";
  private static final String XCIT = "xcit_nano_12_p8_224";
  private static final int PATCH = 8;
  private static final int GRID = 4;
  private static final int IMAGES = 3;
  private static final ModelOptions TINY =
      ModelOptions.none()
          .withNumClasses(5)
          .withImageSize(PATCH * GRID)
          .with("embed_dim", 16)
          .with("depth", 2)
          .with("num_heads", 2);

  /** Sums in another order, in float64; a token in a wrong place changes logits by percents. */
  private static final double ROUNDING = 1e-12;

  @ParameterizedTest
  @CsvSource({
    // timm: max(1, int(196 * (1 - rate))).
    "RANDOM, 14, 14, 0, 196",
    "RANDOM, 14, 14, 0.5, 98",
    "RANDOM, 14, 14, 0.9, 19",
    "RANDOM, 4, 4, 0.99, 1",
    // Sides of 14 times the root of 1 - rate.
    "BLOCK, 14, 14, 0, 196",
    "BLOCK, 14, 14, 0.5, 100",
    "BLOCK, 14, 14, 0.75, 49",
    "BLOCK, 12, 8, 0.75, 24",
    "BLOCK, 4, 4, 0.99, 1"
  })
  void keepsAsManyAsTheRateSays(Mode mode, int rows, int columns, double rate, int kept) {
    TokenDropping dropping = new TokenDropping(mode, rate);
    assertThat(dropping.kept(rows, columns)).isEqualTo(kept);
    int[] places = draw(dropping, 7).places(5, rows, columns);
    assertThat(places).hasSize(5 * kept);
    for (int i = 0; i < 5; i++) {
      int[] own = Arrays.copyOfRange(places, i * kept, (i + 1) * kept);
      assertThat(own).isSorted().doesNotHaveDuplicates();
      assertThat(Arrays.stream(own)).allMatch(place -> place >= 0 && place < rows * columns);
    }
  }

  /** Within five standard deviations of 9,000 draws. */
  @Test
  void everyTokenAndEveryRectangleIsAsLikely() {
    int images = 9000;
    int[] random = draw(new TokenDropping(Mode.RANDOM, 0.75), 1).places(images, GRID, GRID);
    double quarter = 0.25;
    for (int place = 0; place < GRID * GRID; place++) {
      int wanted = place;
      double share = Arrays.stream(random).filter(p -> p == wanted).count() / (double) images;
      assertThat(share).isCloseTo(quarter, within(5 * deviation(quarter, images)));
    }
    int[] block = draw(new TokenDropping(Mode.BLOCK, 0.75), 1).places(images, GRID, GRID);
    Map<Integer, Integer> corners = new HashMap<>();
    for (int i = 0; i < images; i++) {
      int corner = block[4 * i];
      corners.merge(corner, 1, Integer::sum);
      assertThat(Arrays.copyOfRange(block, 4 * i, 4 * i + 4))
          .containsExactly(corner, corner + 1, corner + GRID, corner + GRID + 1);
    }
    assertThat(corners.keySet()).containsExactlyInAnyOrder(0, 1, 2, 4, 5, 6, 8, 9, 10);
    double ninth = 1 / 9.0;
    assertThat(corners.values())
        .allSatisfy(
            count ->
                assertThat(count / (double) images)
                    .isCloseTo(ninth, within(5 * deviation(ninth, images))));
  }

  private static double deviation(double p, int draws) {
    return Math.sqrt(p * (1 - p) / draws);
  }

  /** The draw of an image does not depend on those beside it. */
  @ParameterizedTest
  @EnumSource
  void equalKeysKeepEqualTokens(Mode mode) {
    TokenDropping dropping = new TokenDropping(mode, 0.75);
    int[] four = draw(dropping, 3).places(4, 14, 14);
    int[] two = draw(dropping, 3).places(2, 14, 14);
    assertThat(two).isEqualTo(Arrays.copyOf(four, two.length));
    assertThat(draw(dropping, 4).places(4, 14, 14)).isNotEqualTo(four);
    assertThat(Arrays.copyOf(four, 49)).isNotEqualTo(Arrays.copyOfRange(four, 49, 98));
  }

  @Numeric
  @ParameterizedTest
  @CsvSource({DEIT + ", RANDOM", DEIT + ", BLOCK", XCIT + ", BLOCK"})
  void aRateOfZeroIsTheWholeModelToTheBit(String name, Mode mode) {
    Architecture model = model(name);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model, ScalarType.Float);
        Classifier classifier = model.bind(parameters)) {
      ForwardPass none = ForwardPass.eval().dropping(draw(new TokenDropping(mode, 0), 1));
      ForwardPass some = ForwardPass.eval().dropping(draw(new TokenDropping(mode, 0.5), 1));
      float[] whole = Tensors.toArray(classifier.forward(images(), ForwardPass.eval()));
      assertThat(Tensors.toArray(classifier.forward(images(), none))).containsExactly(whole);
      assertThat(Tensors.toArray(classifier.forward(images(), some))).isNotEqualTo(whole);
      Tensor empty = images().narrow(0, 0, 0);
      assertThat(classifier.forward(empty, some).size(0)).isZero();
    }
  }

  /** A smaller model of a smaller image, made of the patches that are kept and their positions. */
  @Numeric
  @ParameterizedTest
  @CsvSource({
    "RANDOM, token, " + DEIT,
    "BLOCK, token, " + DEIT,
    "RANDOM, avg, " + DEIT,
    "RANDOM, avg, vit_so150m_patch16_reg4_gap_256",
    "BLOCK, avg, vit_base_patch16_reg4_gap_256"
  })
  void aVisionTransformerSeesTheKeptPatchesAtTheirPlaces(Mode mode, String pool, String name) {
    ModelOptions options = TINY.with("patch_size", PATCH).with("global_pool", pool);
    Architecture model = ModelRegistry.create(name, options);
    TokenDropping dropping = new TokenDropping(mode, 0.75);
    int rows = mode == Mode.RANDOM ? 1 : 2;
    int columns = 4 / rows;
    Architecture small =
        ModelRegistry.create(
            name, options.with("img_size", List.of(rows * PATCH, columns * PATCH)));
    assertThat(model.macsPerImage(dropping))
        .isEqualTo(small.macsPerImage() + 12L * 3 * PATCH * PATCH * 16)
        .isLessThan(model.macsPerImage());
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model, ScalarType.Double);
        FlatParameters others = new FlatParameters(small.layout(), CPU, ScalarType.Double);
        Classifier classifier = model.bind(parameters);
        Classifier smaller = small.bind(others)) {
      Tensor images = images().to(ScalarType.Double);
      ForwardPass pass = ForwardPass.eval().dropping(draw(dropping, 2));
      double[] logits = Doubles.of(classifier.forward(images, pass));
      int[] places = draw(dropping, 2).places(IMAGES, GRID, GRID);
      for (int i = 0; i < IMAGES; i++) {
        int[] own = Arrays.copyOfRange(places, 4 * i, 4 * i + 4);
        copy(parameters, others, own, model.positionGrid().orElseThrow().prefixTokens());
        Tensor image = patchwork(images.narrow(0, i, 1), own, rows, columns);
        double[] expected = Doubles.of(smaller.forward(image, ForwardPass.eval()));
        double[] actual = Arrays.copyOfRange(logits, 5 * i, 5 * i + 5);
        assertThat(Doubles.largestDifference(actual, expected))
            .isLessThan(ROUNDING * Doubles.largest(expected));
      }
    }
  }

  private static final ComputeDevice CPU = ComputeDevice.CPU;

  private static void copy(FlatParameters from, FlatParameters to, int[] places, int prefix) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard inPlace = new NoGradGuard()) {
      for (ParameterSpec spec : to.layout().specs()) {
        Tensor value = from.value(spec.name());
        if (spec.name().equals("pos_embed")) {
          int[] rows = new int[prefix + places.length];
          for (int i = 0; i < rows.length; i++) {
            rows[i] = i < prefix ? i : prefix + places[i - prefix];
          }
          value = value.index_select(1, Tensors.labels(rows, CPU));
        }
        to.value(spec.name()).copy_(value);
      }
    }
  }

  private static Tensor patchwork(Tensor image, int[] places, int rows, int columns) {
    TensorVector lines = new TensorVector();
    for (int row = 0; row < rows; row++) {
      TensorVector line = new TensorVector();
      for (int column = 0; column < columns; column++) {
        int place = places[row * columns + column];
        line.push_back(
            image
                .narrow(2, (long) PATCH * (place / GRID), PATCH)
                .narrow(3, (long) PATCH * (place % GRID), PATCH));
      }
      lines.push_back(torch.cat(line, 3));
    }
    return torch.cat(lines, 2);
  }

  /**
   * With a stem that reads one pixel for each token, and positions alike, the rectangle is what the
   * same model makes of that part of the image.
   */
  @Numeric
  @Test
  void anXcitSeesTheRectangleAsItSeesAnImage() {
    Architecture model = model(XCIT);
    TokenDropping dropping = new TokenDropping(Mode.BLOCK, 0.75);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model, ScalarType.Double);
        Classifier classifier = model.bind(parameters)) {
      readSinglePixels(parameters);
      Tensor images = images().to(ScalarType.Double);
      ForwardPass pass = ForwardPass.eval().dropping(draw(dropping, 2));
      double[] logits = Doubles.of(classifier.forward(images, pass));
      int[] places = draw(dropping, 2).places(IMAGES, GRID, GRID);
      Set<Integer> corners = new HashSet<>();
      for (int i = 0; i < IMAGES; i++) {
        int corner = places[4 * i];
        corners.add(corner);
        Tensor part =
            images
                .narrow(0, i, 1)
                .narrow(2, (long) PATCH * (corner / GRID), 2 * PATCH)
                .narrow(3, (long) PATCH * (corner % GRID), 2 * PATCH);
        double[] expected = Doubles.of(classifier.forward(part, ForwardPass.eval()));
        double[] actual = Arrays.copyOfRange(logits, 5 * i, 5 * i + 5);
        assertThat(Doubles.largestDifference(actual, expected))
            .isLessThan(ROUNDING * Doubles.largest(expected));
      }
      assertThat(corners).hasSizeGreaterThan(1);
    }
  }

  private static void readSinglePixels(FlatParameters parameters) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard inPlace = new NoGradGuard()) {
      float[] centre = {0, 0, 0, 0, 1, 0, 0, 0, 0};
      Tensor mask = Tensors.of(centre, CPU, 1, 1, 3, 3).to(ScalarType.Double);
      for (int layer : new int[] {0, 2, 4}) {
        parameters.value("patch_embed.proj.%d.0.weight".formatted(layer)).mul_(mask);
      }
      parameters.value("pos_embed.token_projection.weight").zero_();
    }
  }

  /** Of the whole stem, with its positions. */
  @Test
  void anXcitKeepsTokensOfTheWholeImage() {
    Architecture model = model(XCIT);
    TokenDropping dropping = new TokenDropping(Mode.BLOCK, 0.75);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = initialized(model, ScalarType.Float)) {
      Tensor whole = tokens(model, parameters, ForwardPass.eval());
      Tensor kept = tokens(model, parameters, ForwardPass.eval().dropping(draw(dropping, 2)));
      int[] places = draw(dropping, 2).places(IMAGES, GRID, GRID);
      for (int i = 0; i < IMAGES; i++) {
        Tensor own = Tensors.labels(Arrays.copyOfRange(places, 4 * i, 4 * i + 4), CPU);
        assertThat(Tensors.toArray(kept.select(0, i)))
            .containsExactly(Tensors.toArray(whole.select(0, i).index_select(0, own)));
      }
    }
  }

  /** What the first block gets (B, N, D). */
  private static Tensor tokens(Architecture model, FlatParameters parameters, ForwardPass pass) {
    Map<String, Tensor> inputs = new HashMap<>();
    LayerListener listener =
        (layer, kind, input, output) -> {
          if (layer.equals("blocks.0.norm1")) {
            inputs.put(layer, input.clone().retainReference());
          }
        };
    try (Classifier classifier = model.bind(parameters, listener)) {
      classifier.forward(images(), pass);
      return inputs.get("blocks.0.norm1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          xcit_nano_12_p8_224 | RANDOM | xcit_nano_12_p8_224 convolves over the grid of its tokens, so that only a rectangle of them can be kept; write patch-drop-mode = block, or patch-drop-rate = 0
          cait_xxs24_224 | RANDOM | cait_xxs24_224 needs all its tokens: they are left out of ViT, DeiT and XCiT only; write patch-drop-rate = 0
          convnext_atto | BLOCK | convnext_atto needs all its tokens: they are left out of ViT, DeiT and XCiT only; write patch-drop-rate = 0
          """)
  void aModelThatNeedsItsTokensRefuses(String name, Mode mode, String message) {
    Architecture model = ModelRegistry.create(name, ModelOptions.none().withImageSize(32));
    TokenDropping dropping = new TokenDropping(mode, 0.5);
    assertThatThrownBy(() -> model.macsPerImage(dropping))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = new FlatParameters(model.layout(), CPU);
        Classifier classifier = model.bind(parameters)) {
      assertThatThrownBy(
              () -> classifier.forward(images(), ForwardPass.eval().dropping(draw(dropping, 1))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          BLOCK  | 4 | 4 | 0.2   | a patch-drop-rate of 0.235 or more, patch-drop-mode = random, or patch-drop-rate = 0
          BLOCK  | 2 | 4 | 0.23  | a patch-drop-rate of 0.235 or more, patch-drop-mode = random, or patch-drop-rate = 0
          BLOCK  | 1 | 1 | 0.9   | patch-drop-rate = 0
          RANDOM | 1 | 1 | 0.9   | patch-drop-rate = 0
          RANDOM | 4 | 4 | 1e-17 | patch-drop-rate = 0
          """)
  void aRateAtWhichNothingIsLeftOutIsRefused(
      Mode mode, int rows, int columns, double rate, String remedy) {
    TokenDropping.Grid grid = new TokenDropping.Grid(rows, columns);
    TokenDropping dropping = new TokenDropping(mode, rate);
    Set<Mode> both = EnumSet.allOf(Mode.class);
    assertThatThrownBy(() -> dropping.requireDropping("deit", grid, both))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "patch-drop-mode = %s at patch-drop-rate = %s keeps all tokens of the %d x %d grid of deit; write %s"
                .formatted(mode.name().toLowerCase(Locale.ROOT), rate, rows, columns, remedy));
    new TokenDropping(mode, 0).requireDropping("deit", grid, both);
  }

  /** The rate that the remedy names drops, and one that is lower by its last digit does not. */
  @ParameterizedTest
  @CsvSource({"4, 0.235", "14, 0.071", "16, 0.062", "27, 0.037"})
  void theRateThatIsNamedIsTheLowestOne(int side, double lowest) {
    TokenDropping.Grid grid = new TokenDropping.Grid(side, side);
    Set<Mode> block = EnumSet.of(Mode.BLOCK);
    new TokenDropping(Mode.BLOCK, lowest).requireDropping("xcit", grid, block);
    assertThat(new TokenDropping(Mode.BLOCK, lowest).kept(side, side)).isLessThan(side * side);
    assertThatThrownBy(
            () ->
                new TokenDropping(Mode.BLOCK, lowest - 0.001).requireDropping("xcit", grid, block))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(
            "of xcit; write a patch-drop-rate of %s or more, or patch-drop-rate = 0", lowest);
  }

  @ParameterizedTest
  @CsvSource({
    "deit_tiny_patch16_224, 14",
    "vit_s_cvst, 14",
    "xcit_nano_12_p8_224, 28",
    "xcit_nano_12_p16_224, 14",
    "convnext_atto, 0"
  })
  void aModelKnowsTheGridOfItsTokens(String name, int side) {
    assertThat(ModelRegistry.create(name, ModelOptions.none()).tokenGrid())
        .isEqualTo(side == 0 ? Optional.empty() : Optional.of(new TokenDropping.Grid(side, side)));
  }

  @ParameterizedTest
  @CsvSource({"-0.1", "1", "NaN"})
  void aShareOutsideIsRefused(double rate) {
    assertThatThrownBy(() -> new TokenDropping(Mode.RANDOM, rate))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the share of tokens that are dropped must lie in [0, 1), not " + rate);
  }

  private static TokenDropping.Draw draw(TokenDropping dropping, long seed) {
    return new TokenDropping.Draw(dropping, SeedKey.of(seed));
  }

  private static Architecture model(String name) {
    return ModelRegistry.create(name, name.equals(DEIT) ? TINY.with("patch_size", PATCH) : TINY);
  }

  private static Tensor images() {
    return Tensors.uniform(
        SeedKey.of(9), 0, 1, CPU, IMAGES, 3, (long) PATCH * GRID, (long) PATCH * GRID);
  }

  private static FlatParameters initialized(Architecture model, ScalarType dtype) {
    FlatParameters parameters = new FlatParameters(model.layout(), CPU, dtype);
    model.initialize(parameters, SeedKey.of(5));
    return parameters;
  }
}
