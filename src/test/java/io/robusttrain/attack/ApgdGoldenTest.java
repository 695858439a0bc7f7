package io.robusttrain.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.ApgdRun.Fallen;
import io.robusttrain.attack.ApgdRun.Loss;
import io.robusttrain.attack.ApgdRun.Steps;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * APGD runs from stored starts against recorded float32 runs of the reference.
 *
 * <p>A gradient value within rounding of 0 may take the other sign, and a loss within rounding of
 * the best one may or may not count as a rise: from then on an image's way is another one. Such
 * images are counted; their outcome has to agree all the same.
 */
@Numeric
class ApgdGoldenTest {
  private static final SafetensorsFixture RUNS =
      SafetensorsFixture.read("golden/attacks/apgd_runs.safetensors");
  private static final SafetensorsFixture SPARSE =
      SafetensorsFixture.read("golden/attacks/apgd_l1.safetensors");
  private static final int IMAGES = 12;
  private static final int CLASSES = 10;
  private static final int VALUES = 3 * 16 * 16;

  private FlatParameters parameters;
  private PointerScope scope;
  private RecordingCnn model;
  private Victim victim;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(SafetensorsFixture.read(ToyCnn.RESOURCE));
    scope = new PointerScope();
    model = new RecordingCnn(new ToyCnn(parameters));
    victim = new Victim(model);
  }

  @AfterEach
  void stop() {
    scope.close();
    parameters.close();
  }

  @ParameterizedTest
  @CsvSource({
    "Linf, ce, 6",
    "Linf, dlr, 1",
    "Linf, dlr-targeted, 2",
    "L2, ce, 5",
    "L2, dlr, 1",
    "L2, dlr-targeted, 1"
  })
  void followsTheReferencesRuns(String norm, String loss, int strays) {
    String prefix = "apgd.%s.%s.".formatted(norm, loss);
    AttackBatch batch = batch(RUNS, "apgd.");
    Tensor start = tensor(RUNS, "apgd." + norm + ".x_init");
    double radius = norm.equals("Linf") ? 8 / 255.0 : RUNS.floats("apgd.L2.eps")[0];
    Steps steps = norm.equals("Linf") ? LinfSteps::new : L2Steps::new;

    for (int iterations : new int[] {10, 25, 100}) {
      String run = prefix + "it" + iterations;
      model.clear();
      ApgdRun apgd = run(batch, start, loss(loss));
      apgd.run(steps, radius, iterations);
      assertThat(model.logits).hasSize(iterations + 1);
      compareOutcome(RUNS, run, apgd, 0);
      if (iterations == 25) {
        int[] ways = followed(RUNS.floats(run + ".trace_logits"));
        assertThat(strayed(ways)).as(run + " " + Arrays.toString(ways)).isLessThanOrEqualTo(strays);
        compareFirstImage(RUNS.floats(run + ".trace_x_first1"), ways[0]);
      }
      if (iterations == 10) {
        compareAdversarial(apgd, RUNS.floats(run + ".x_best_adv"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"10", "25", "100"})
  void followsTheReferencesSparseRuns(int iterations) {
    AttackBatch batch = batch(SPARSE, "l1.");
    double radius = SPARSE.floats("l1.eps")[0];
    Tensor noise = tensor(SPARSE, "l1.noise");
    Tensor start = ThreatModel.l1(radius).project(batch.clean().add(noise), batch.clean(), radius);
    ApgdRun apgd = run(batch, start, loss("ce"));
    apgd.run(SparseSteps::fromNoise, radius, iterations);
    String run = "l1.ce.it" + iterations;
    compareOutcome(SPARSE, run, apgd, 1);
    if (iterations == 25) {
      int[] ways = followed(SPARSE.floats(run + ".trace_logits"));
      assertThat(strayed(ways)).as(run + " " + Arrays.toString(ways)).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void projectsIntoTheSparseBallAsTheReference() {
    Tensor clean = tensor(SPARSE, "l1.proj.x");
    Tensor moved = clean.add(tensor(SPARSE, "l1.proj.delta"));
    for (int radius : new int[] {2, 12}) {
      Tensor projected = ThreatModel.l1(radius).project(moved, clean, radius);
      float[] expected = SPARSE.floats("l1.proj.out_" + radius);
      assertThat(largestDifference(Tensors.toArray(projected), expected)).isLessThan(2e-6f);
    }
  }

  private ApgdRun run(AttackBatch batch, Tensor start, Loss loss) {
    Tensor targets =
        RUNS.contains("apgd.y_target")
            ? Tensors.labels(RUNS.ints("apgd.y_target"), ComputeDevice.CPU)
            : batch.labels();
    return new ApgdRun(victim, loss, 1, Fallen.GO_ON, batch, targets, start);
  }

  private static Loss loss(String name) {
    return switch (name) {
      case "ce" -> (logits, labels, targets) -> CrossEntropy.perSample(logits, labels);
      case "dlr" -> (logits, labels, targets) -> LogitsRatio.untargeted(logits, labels);
      default -> LogitsRatio::targeted;
    };
  }

  private AttackBatch batch(SafetensorsFixture fixture, String prefix) {
    Pixels clean = Pixels.of(tensor(fixture, prefix + "x"));
    Tensor labels = Tensors.labels(fixture.ints(prefix + "y"), ComputeDevice.CPU);
    long[] ids = IntStream.range(0, IMAGES).asLongStream().toArray();
    AttackBatch batch = AttackBatch.of(victim, clean, labels, ids, SeedKey.of(1));
    model.clear();
    return batch;
  }

  /** For how many queries each image gets the recorded answers. */
  private int[] followed(float[] trace) {
    int[] ways = new int[IMAGES];
    for (int image = 0; image < IMAGES; image++) {
      int from = image * CLASSES;
      while (ways[image] < model.logits.size()) {
        int shift = ways[image] * IMAGES * CLASSES;
        float[] actual = Arrays.copyOfRange(model.logits.get(ways[image]), from, from + CLASSES);
        float[] expected = Arrays.copyOfRange(trace, shift + from, shift + from + CLASSES);
        if (largestDifference(actual, expected) > 1e-3f) {
          break;
        }
        ways[image]++;
      }
      // A tie takes a while to turn up; a wrong rule shows at once.
      assertThat(ways[image]).as("image %d", image).isGreaterThanOrEqualTo(10);
    }
    return ways;
  }

  private int strayed(int[] ways) {
    return (int) Arrays.stream(ways).filter(way -> way < model.logits.size()).count();
  }

  private void compareFirstImage(float[] trace, int steps) {
    for (int step = 0; step < steps; step++) {
      float[] first = Arrays.copyOf(model.points.get(step), VALUES);
      float[] expected = Arrays.copyOfRange(trace, step * VALUES, (step + 1) * VALUES);
      assertThat(differing(first, expected)).as("step %d", step).isLessThanOrEqualTo(VALUES / 100);
    }
  }

  private static void compareOutcome(
      SafetensorsFixture fixture, String run, ApgdRun apgd, int otherLosses) {
    int[] accurate = fixture.ints(run + ".acc");
    boolean[] broken = apgd.broken();
    float[] losses = Tensors.toArray(apgd.bestLoss());
    float[] expected = fixture.floats(run + ".loss_best");
    int other = 0;
    for (int i = 0; i < IMAGES; i++) {
      assertThat(broken[i]).as("%s image %d", run, i).isEqualTo(accurate[i] == 0);
      other += Math.abs(losses[i] - expected[i]) > 1e-3 ? 1 : 0;
    }
    assertThat(other)
        .as("%s: %s %s", run, Arrays.toString(losses), Arrays.toString(expected))
        .isLessThanOrEqualTo(otherLosses);
  }

  private static void compareAdversarial(ApgdRun apgd, float[] expected) {
    float[] values = Tensors.toArray(apgd.adversarial());
    for (int row : Rows.where(apgd.broken(), true)) {
      float[] image = Arrays.copyOfRange(values, row * VALUES, (row + 1) * VALUES);
      float[] wanted = Arrays.copyOfRange(expected, row * VALUES, (row + 1) * VALUES);
      assertThat(differing(image, wanted)).as("image %d", row).isLessThanOrEqualTo(VALUES / 20);
    }
  }

  private static int differing(float[] actual, float[] expected) {
    int differing = 0;
    for (int i = 0; i < expected.length; i++) {
      differing += Math.abs(actual[i] - expected[i]) > 1e-4f ? 1 : 0;
    }
    return differing;
  }

  private static float largestDifference(float[] actual, float[] expected) {
    float largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
    }
    return largest;
  }

  private static Tensor tensor(SafetensorsFixture fixture, String name) {
    return Tensors.of(fixture.floats(name), ComputeDevice.CPU, fixture.shape(name));
  }
}
