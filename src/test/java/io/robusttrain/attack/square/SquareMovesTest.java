package io.robusttrain.attack.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.attack.L1Projection;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.RandomStream;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Square's schedule and patterns against recorded ones, and what every change must keep to. */
@Numeric
class SquareMovesTest {
  private static final SafetensorsFixture GOLDEN =
      SafetensorsFixture.read("golden/attacks/losses_projections.safetensors");
  private static final SquareSchedule SCHEDULE = new SquareSchedule(0.8);
  private static final ImageShape SHAPE = new ImageShape(3, 16, 16);

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 224})
  void scheduleIsTheOriginals(int size) throws IOException {
    JsonNode golden = schedule();
    ImageShape shape = new ImageShape(3, size, size);
    for (String name : new String[] {"breakpoints_it_p", "side_linf", "side_l2"}) {
      JsonNode breakpoints =
          name.startsWith("side") ? golden.get(name).get("" + size) : golden.get(name);
      double largest = 0;
      for (int query = 0; query < 5000; query++) {
        double actual =
            switch (name) {
              case "side_linf" -> SCHEDULE.side(query, shape);
              case "side_l2" -> SCHEDULE.patternSide(query, shape);
              default -> SCHEDULE.share(query);
            };
        largest = Math.max(largest, Math.abs(actual - valueAt(breakpoints, query)));
      }
      assertThat(largest).isLessThan(1e-12);
    }
  }

  @Test
  void squaresFitIntoNarrowImages() {
    ImageShape narrow = new ImageShape(3, 6, 40);
    assertThat(SCHEDULE.side(0, narrow)).isEqualTo(6);
    assertThat(SCHEDULE.patternSide(0, narrow)).isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource({"1, 3", "2, 3", "2, 5", "3, 5", "3, 7", "4, 7", "7, 15", "8, 15"})
  void hillsAreTheOriginals(int rows, int columns) {
    assertThat(SquarePattern.hill(Norm.L2, rows, columns))
        .containsExactly(
            GOLDEN.floats("square.eta_rect_%dx%d".formatted(rows, columns)),
            // A sum of up to 120 squares under a root, of values up to 1.
            within(Rounding.apart(60 + 4, 1)));
  }

  @Test
  void patternsHaveLengthOneAndTwoSides() {
    SquarePattern pattern = new SquarePattern(Norm.L1, 7);
    double length = 0;
    for (int y = 0; y < 7; y++) {
      for (int x = 0; x < 7; x++) {
        length += Math.abs(pattern.at(y, x));
        assertThat(Math.signum(pattern.at(y, x))).isEqualTo(y < 3 ? 1 : -1);
      }
    }
    assertThat(length).isCloseTo(1, within(49 * Rounding.UNIT));
  }

  @ParameterizedTest
  @CsvSource({"LINF, 0.05", "L2, 0.5", "L1, 6"})
  void everyChangeStaysInBallAndBoxAndUsesTheRadius(Norm norm, double epsilon) {
    ThreatModel threat = new ThreatModel(norm, epsilon);
    SquareMoves moves =
        norm == Norm.LINF
            ? new LinfSquares(SHAPE, (float) epsilon, SCHEDULE)
            : new PatternedSquares(threat, SHAPE, SCHEDULE);
    float[] clean = image(3);
    float[] candidate = new float[SHAPE.size()];
    moves.start(clean, draws(-1), candidate);
    check(threat, clean, candidate, norm == Norm.L2 ? 0.8 : 0.999);
    int changed = 0;
    for (int query = 0; query < 300; query++) {
      float[] best = candidate.clone();
      moves.propose(clean, best, 10 * query, draws(query), candidate);
      check(threat, clean, candidate, norm == Norm.L2 ? 0.8 : 0.999);
      changed += Arrays.equals(candidate, best) ? 0 : 1;
    }
    // A square that is drawn as it already is changes nothing.
    assertThat(changed).isGreaterThan(200);
  }

  @Test
  void linfStartsFromStripesAndChangesOneSquare() {
    LinfSquares moves = new LinfSquares(SHAPE, 0.125f, SCHEDULE);
    float[] grey = new float[SHAPE.size()];
    Arrays.fill(grey, 0.5f);
    float[] candidate = new float[SHAPE.size()];
    moves.start(grey, draws(1), candidate);
    for (int i = 0; i < candidate.length; i++) {
      assertThat(Math.abs(candidate[i] - 0.5f)).isEqualTo(0.125f);
      assertThat(candidate[i]).isEqualTo(candidate[i / 256 * 256 + i % 16]);
    }
    float[] best = new float[SHAPE.size()];
    moves.propose(grey, best, 300, draws(2), candidate);
    // Side 5 at query 300, in each of three channels.
    int changed = 0;
    for (float value : candidate) {
      changed += value == 0 ? 0 : 1;
    }
    assertThat(changed).isEqualTo(3 * 5 * 5);
  }

  @Test
  void patternsTakeWhatTheyGive() {
    ThreatModel threat = ThreatModel.l2(0.25);
    PatternedSquares moves = new PatternedSquares(threat, SHAPE, SCHEDULE);
    float[] grey = new float[SHAPE.size()];
    Arrays.fill(grey, 0.5f);
    float[] candidate = new float[SHAPE.size()];
    moves.start(grey, draws(1), candidate);
    float[] best = candidate.clone();
    moves.propose(grey, best, 4500, draws(2), candidate);
    // Nothing meets the box, so that the change has the radius's length, before and after.
    check(threat, grey, best, 0.9999);
    check(threat, grey, candidate, 0.9999);
  }

  @Test
  void tooSmallImagesAreRefused() {
    assertThatThrownBy(
            () -> new PatternedSquares(ThreatModel.l2(1), new ImageShape(3, 4, 9), SCHEDULE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 5 x 5 pixels, got 4 x 9");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 4, 40, 4000})
  void boxedBallAgreesWithTheSortingProjection(double radius) {
    SplittableRandom random = new SplittableRandom(9);
    for (int round = 0; round < 20; round++) {
      float[] clean = image(round);
      float[] change = new float[SHAPE.size()];
      for (int i = 0; i < change.length; i++) {
        change[i] = i % 5 == 0 ? 0.25f : (float) (random.nextDouble() * 2 - 1);
      }
      float[] expected;
      try (PointerScope scope = new PointerScope()) {
        expected =
            Tensors.toArray(
                L1Projection.project(
                    Tensors.of(change, ComputeDevice.CPU, 1, 3, 16, 16),
                    Tensors.of(clean, ComputeDevice.CPU, 1, 3, 16, 16),
                    radius));
      }
      BoxedL1Ball.project(change, clean, radius);
      float largest = 0;
      for (int i = 0; i < change.length; i++) {
        largest = Math.max(largest, Math.abs(change[i] - expected[i]));
      }
      // Thresholds from float64 sums: a kink, a difference and the threshold are rounded.
      assertThat(largest).isLessThan(Rounding.apart(4, 1));
    }
  }

  @Test
  void drawsCoverTheirRange() {
    int[] counts = new int[5];
    int positive = 0;
    RandomStream draws = draws(7);
    for (int i = 0; i < 10_000; i++) {
      counts[draws.below(5)]++;
      positive += draws.nextSign() > 0 ? 1 : 0;
    }
    assertThat(Arrays.stream(counts).boxed().toList())
        .allSatisfy(count -> assertThat(count).isBetween(1850, 2150));
    assertThat(positive).isBetween(4800, 5200);
    assertThat(draws.below(0)).isZero();
  }

  private static void check(ThreatModel threat, float[] clean, float[] candidate, double used) {
    double length = 0;
    float lowest = 0;
    float highest = 1;
    for (int i = 0; i < clean.length; i++) {
      lowest = Math.min(lowest, candidate[i]);
      highest = Math.max(highest, candidate[i]);
      double change = Math.abs((double) candidate[i] - clean[i]);
      length =
          switch (threat.norm()) {
            case LINF -> Math.max(length, change);
            case L2 -> length + change * change;
            case L1 -> length + change;
          };
    }
    assertThat(new float[] {lowest, highest}).containsExactly(0, 1);
    length = threat.norm() == Norm.L2 ? Math.sqrt(length) : length;
    // Each pixel rounds by up to 2^-25 in float32; 768 of them add up, or their squares do. The
    // change itself is scaled a few times.
    double pixels =
        switch (threat.norm()) {
          case LINF -> 1;
          case L2 -> Math.sqrt(768);
          case L1 -> 768;
        };
    double rounding = pixels * 0x1p-25 + 8 * Rounding.UNIT * threat.epsilon();
    assertThat(length).isBetween(used * threat.epsilon(), threat.epsilon() + rounding);
  }

  private static float[] image(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] image = new float[SHAPE.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = i % 13 == 0 ? i % 2 : (float) random.nextDouble();
    }
    return image;
  }

  private static RandomStream draws(int query) {
    return SeedKey.of(1).with(query).stream();
  }

  private static JsonNode schedule() throws IOException {
    try (InputStream in =
        SquareMovesTest.class
            .getClassLoader()
            .getResourceAsStream("golden/attacks/square_schedule.json")) {
      return new ObjectMapper().readTree(in).get("rescale=False,n_queries=5000");
    }
  }

  /** The value of the last breakpoint at or before a query. */
  private static double valueAt(JsonNode breakpoints, int query) {
    double value = Double.NaN;
    for (JsonNode breakpoint : breakpoints) {
      if (breakpoint.get(0).asInt() <= query) {
        value = breakpoint.get(1).asDouble();
      }
    }
    return value;
  }
}
