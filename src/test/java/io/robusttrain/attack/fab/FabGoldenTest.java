package io.robusttrain.attack.fab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.CnnTwins;
import io.robusttrain.attack.RecordingCnn;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.fab.Boundary.Linearization;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * FAB's single runs against recorded float32 runs of the original.
 *
 * <p>In Linf the sign of a gradient value decides where its pixel goes, and a value of 0 weighs
 * nothing in the way to the boundary: an image that met a tie may end on other pixels, but at the
 * same distance. So may one two of whose iterates came equally near. Every other one ends on the
 * same pixels. About 2 of 10,000 gradient values are ties, so that of 16 images 3 have met one
 * after 5 iterations, 12 after 20 and nearly all after 100: their distance is what is compared.
 */
@Numeric
class FabGoldenTest {
  private static final SafetensorsFixture RUNS =
      SafetensorsFixture.read("golden/attacks/fab_runs.safetensors");

  private static final int IMAGES = 16;

  /**
   * What rounding changes in a gradient value, as a share of the largest one. {@link CnnTwins}
   * differ by at most 6e-6 of it, five times what float32 does; for both runs together 1.2e-5.
   */
  private static final double MARGIN = 1.2e-5;

  /**
   * A step is an average of points computed with sums of 768 products, relative error {@code 2
   * sqrt(768) 2^-24} = 3e-6, of moves of up to 0.5; the runs of {@link CnnTwins} end within 3e-6 of
   * each other. 20 steps towards a clean image, each keeping 0.9 of the error before, add up to 10
   * such errors at most.
   */
  private static final float NEAR = 2e-5f;

  /** Two distances, each wrong by a few units in the last place of the pixels. */
  private static final double EQUAL = 4 * 0x1p-23;

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @CsvSource({
    "Linf, untargeted, 1",
    "Linf, untargeted, 5",
    "Linf, untargeted, 20",
    "Linf, untargeted, 100",
    "Linf, target2, 1",
    "Linf, target2, 5",
    "Linf, target2, 20",
    "Linf, target2, 100",
    "L2, untargeted, 1",
    "L2, untargeted, 5",
    "L2, untargeted, 20",
    "L2, untargeted, 100",
    "L2, target2, 1",
    "L2, target2, 5",
    "L2, target2, 20",
    "L2, target2, 100"
  })
  void followsTheOriginal(String norm, String aim, int iterations) {
    follow(norm, aim, iterations, UnaryOperator.identity());
  }

  @Test
  void noTieExplainsAWrongRule() {
    // A boundary seen too near by 1 %, and a gradient with one value lost.
    UnaryOperator<Boundary> near =
        boundary ->
            pixels -> {
              Linearization found = boundary.at(pixels);
              return new Linearization(found.difference().mul(new Scalar(0.99)), found.gradient());
            };
    UnaryOperator<Boundary> lost =
        boundary ->
            pixels -> {
              Linearization found = boundary.at(pixels);
              found.gradient().narrow(1, 100, 1).zero_();
              return found;
            };
    for (UnaryOperator<Boundary> wrong : List.of(near, lost)) {
      for (String norm : new String[] {"Linf", "L2"}) {
        assertThatThrownBy(() -> follow(norm, "target2", 20, wrong))
            .isInstanceOf(AssertionError.class)
            .hasMessageContaining("to be close to");
      }
    }
  }

  private static void follow(
      String norm, String aim, int iterations, UnaryOperator<Boundary> change) {
    ThreatModel threat = norm.equals("L2") ? ThreatModel.l2(0.5) : ThreatModel.linf(8 / 255.0);
    try (FlatParameters parameters = ToyCnn.parameters(SafetensorsFixture.read(ToyCnn.RESOURCE));
        PointerScope scope = new PointerScope()) {
      RecordingCnn model = new RecordingCnn(new ToyCnn(parameters));
      Victim victim = new Victim(model);
      Tensor clean = Tensors.of(RUNS.floats("fab.x"), ComputeDevice.CPU, RUNS.shape("fab.x"));
      Tensor labels = Tensors.labels(RUNS.ints("fab.y"), ComputeDevice.CPU);
      Boundary boundary =
          aim.equals("untargeted")
              ? new NearestBoundary(victim, threat.norm(), labels)
              : new TargetedBoundary(
                  victim, labels, victim.logits(clean).argsort(1, true).select(1, 1).contiguous());
      model.clear();
      TiedBoundary watched = new TiedBoundary(change.apply(boundary), MARGIN, IMAGES);
      BoundarySearch.Found result =
          new BoundarySearch(threat, iterations).run(victim, watched, clean, labels, clean);
      float[] actual = Tensors.toArray(result.pixels());
      float[] expected = RUNS.floats("fab.%s.%s.it%d.adv".formatted(norm, aim, iterations));
      float[] distances = Tensors.toArray(result.distances());
      Tensor recorded = Tensors.of(expected, ComputeDevice.CPU, RUNS.shape("fab.x"));
      float[] reference = Tensors.toArray(threat.distances(recorded, clean));
      boolean[] tied = norm.equals("Linf") ? watched.tied() : new boolean[IMAGES];
      int size = expected.length / IMAGES;
      int same = 0;
      for (int image = 0; image < IMAGES; image++) {
        boolean found = reference[image] > 0;
        assertThat(distances[image])
            .as("image %d", image)
            .isCloseTo(found ? reference[image] : Float.POSITIVE_INFINITY, within(NEAR));
        if (!tied[image] && !equallyNear(model, threat, clean, labels, image)) {
          same++;
          double largest = 0;
          for (int i = image * size; i < (image + 1) * size; i++) {
            largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
          }
          assertThat(largest).as("image %d, no tie", image).isLessThan(NEAR);
        }
      }
      assertThat(same).isGreaterThanOrEqualTo(iterations <= 5 ? IMAGES / 2 : 0);
    }
  }

  /** Whether two iterates that fooled the model came, within rounding, equally near. */
  private static boolean equallyNear(
      RecordingCnn model, ThreatModel threat, Tensor clean, Tensor labels, int image) {
    float[] y = Tensors.toArray(labels);
    double nearest = Double.POSITIVE_INFINITY;
    boolean tie = false;
    // At even queries the boundary was looked for, at odd ones the iterate was classified.
    for (int query = 1; query < model.points.size(); query += 2) {
      try (PointerScope scope = new PointerScope()) {
        float[] point = model.points.get(query);
        Tensor moved = Tensors.of(point, ComputeDevice.CPU, clean.sizes().vec().get());
        double distance = Tensors.toArray(threat.distances(moved, clean))[image];
        if (argmax(model.logits.get(query), image) != (int) y[image]) {
          // A nearer one settles it, whatever was tied before.
          tie = Math.abs(distance - nearest) <= EQUAL || (tie && distance > nearest);
          nearest = Math.min(nearest, distance);
        }
      }
    }
    return tie;
  }

  private static int argmax(float[] logits, int image) {
    int best = 0;
    for (int k = 1; k < 10; k++) {
      best = logits[image * 10 + k] > logits[image * 10 + best] ? k : best;
    }
    return best;
  }
}
