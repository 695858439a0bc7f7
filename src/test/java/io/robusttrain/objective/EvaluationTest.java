package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ToyCnn;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Accuracies against the recorded ones of the reference implementations, 256 samples. */
@Numeric
class EvaluationTest {
  private static final SafetensorsFixture FIXTURE = SafetensorsFixture.read(ToyCnn.RESOURCE);
  private static final int SAMPLES = 256;
  private static final int STARTS = 8;
  private static final int IMAGE = 3 * 16 * 16;

  private FlatParameters parameters;

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = ToyCnn.parameters(FIXTURE);
  }

  @AfterEach
  void stop() {
    parameters.close();
  }

  @ParameterizedTest
  @CsvSource({"8, 1, 0.6445", "8, 10, 0.6250", "4, 1, 0.9062", "4, 10, 0.9023"})
  void accuraciesAreTheReferences(int epsilon, int steps, double robust) {
    EvaluationCounts counts =
        evaluate(ProjectedGradientDescent.linf(epsilon / 255.0, steps), SAMPLES);
    assertThat(counts.clean().samples()).isEqualTo(SAMPLES);
    assertThat(counts.clean().top1Accuracy()).isCloseTo(0.9922, within(1e-4));
    // The reference drew other starts.
    int[] range = standing(ProjectedGradientDescent.linf(epsilon / 255.0, steps));
    assertThat(counts.adversarial().top1()).isBetween((long) range[0], (long) range[1]);
    assertThat(Math.round(robust * SAMPLES)).isBetween((long) range[0], (long) range[1]);
    assertThat(range[1] - range[0]).as("decided by the start").isLessThanOrEqualTo(SAMPLES / 20);
    assertThat(counts.adversarial().lossSum()).isGreaterThan(counts.clean().lossSum());
    assertThat(counts.adversarial().top5()).isGreaterThan(counts.adversarial().top1());
  }

  /**
   * How many samples stand from any start, and how many from some. A sample's margin, the true
   * logit before the largest other one, takes another value from each start; what a start that was
   * not tried may bring lies within the range of those tried, widened by half of itself on both
   * sides.
   */
  private int[] standing(ProjectedGradientDescent attack) {
    float[] least = new float[SAMPLES];
    float[] most = new float[SAMPLES];
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    Arrays.fill(most, Float.NEGATIVE_INFINITY);
    for (int start = 11; start < 11 + STARTS; start++) {
      float[] margins = margins(attack, SeedKey.of(start));
      for (int i = 0; i < SAMPLES; i++) {
        least[i] = Math.min(least[i], margins[i]);
        most[i] = Math.max(most[i], margins[i]);
      }
    }
    int always = 0;
    int sometimes = 0;
    for (int i = 0; i < SAMPLES; i++) {
      float width = (most[i] - least[i]) / 2;
      always += least[i] - width > 0 ? 1 : 0;
      sometimes += most[i] + width > 0 ? 1 : 0;
    }
    return new int[] {always, sometimes};
  }

  private float[] margins(ProjectedGradientDescent attack, SeedKey key) {
    Classifier model = new ToyCnn(parameters);
    try (PointerScope scope = new PointerScope()) {
      Tensor x = Tensors.of(FIXTURE.floats("x"), ComputeDevice.CPU, SAMPLES, 3, 16, 16);
      Tensor labels = Tensors.labels(FIXTURE.ints("y_int32"), ComputeDevice.CPU);
      NoiseSource noise = NoiseSource.perSample(key, LongStream.range(0, SAMPLES).toArray());
      Pixels attacked =
          attack.perturb(
              model, ForwardPass.eval(), Pixels.of(x), labels, attack.threat().epsilon(), noise);
      Tensor logits = model.forward(attacked.tensor(), ForwardPass.eval());
      Tensor index = labels.unsqueeze(1);
      Tensor own = logits.gather(1, index).squeeze(1);
      Tensor others = logits.scatter(1, index, new Scalar(Double.NEGATIVE_INFINITY));
      return Tensors.toArray(own.sub(others.amax(new long[] {1}, false)));
    }
  }

  @Test
  void doNotDependOnHowSamplesAreBatched() {
    ProjectedGradientDescent fgsm = ProjectedGradientDescent.fgsm(8 / 255.0);
    EvaluationCounts whole = evaluate(fgsm, SAMPLES);
    EvaluationCounts parts = evaluate(fgsm, 37);
    assertThat(parts.adversarial().top1()).isEqualTo(whole.adversarial().top1());
    assertThat(parts.adversarial().top5()).isEqualTo(whole.adversarial().top5());
    assertThat(parts.clean().top1()).isEqualTo(whole.clean().top1());
    // Logits are sums of up to 512 products of sizes around 1; a lost sample takes its loss along.
    double rounding = SAMPLES * (double) Rounding.apart(512, 1);
    assertThat(parts.adversarial().lossSum())
        .isCloseTo(whole.adversarial().lossSum(), within(rounding));
  }

  @Test
  void changesNeitherWeightsNorGradients() {
    float[] before = Tensors.toArray(parameters.values());
    evaluate(ProjectedGradientDescent.fgsm(8 / 255.0), 64);
    assertThat(Tensors.toArray(parameters.values())).isEqualTo(before);
    assertThat(Tensors.toArray(parameters.gradients())).containsOnly(0f);
  }

  @Test
  void leavesNoNativeHandleBehind() {
    ProjectedGradientDescent fgsm = ProjectedGradientDescent.fgsm(8 / 255.0);
    evaluate(fgsm, 64);
    long before = NativeRuntime.liveHandles();
    evaluate(fgsm, 64);
    assertThat(NativeRuntime.liveHandles()).isEqualTo(before);
  }

  @Test
  void epsilonZeroIsTheCleanAccuracy() {
    EvaluationCounts counts = evaluate(ProjectedGradientDescent.fgsm(0), 128);
    assertThat(counts.adversarial()).isEqualTo(counts.clean());
  }

  @Test
  void tiesAndNanCountAgainstTheLabel() {
    float nan = Float.NaN;
    assertThat(correct(new float[] {1, 1, 0}, 0, 1)).isZero();
    assertThat(correct(new float[] {1, 1, 0}, 0, 2)).isEqualTo(1);
    assertThat(correct(new float[] {nan, nan, nan}, 0, 1)).isZero();
    assertThat(correct(new float[] {2, nan, 1}, 0, 1)).isZero();
    assertThat(correct(new float[] {2, 0, 1}, 0, 1)).isEqualTo(1);
    assertThat(correct(new float[] {2, 0, 1}, 1, 5)).isEqualTo(1);
  }

  private static int correct(float[] logits, int label, int k) {
    try (PointerScope scope = new PointerScope()) {
      return Batches.correct(
          Tensors.of(logits, ComputeDevice.CPU, 1, logits.length),
          Tensors.labels(new int[] {label}, ComputeDevice.CPU),
          k);
    }
  }

  private EvaluationCounts evaluate(ProjectedGradientDescent attack, int batch) {
    Classifier model = new ToyCnn(parameters);
    Evaluation evaluation = new Evaluation(attack);
    float[] x = FIXTURE.floats("x");
    int[] y = FIXTURE.ints("y_int32");
    EvaluationCounts counts = EvaluationCounts.NONE;
    for (int from = 0; from < SAMPLES; from += batch) {
      int count = Math.min(batch, SAMPLES - from);
      try (PointerScope scope = new PointerScope()) {
        Pixels pixels =
            Pixels.of(
                Tensors.of(
                    Arrays.copyOfRange(x, from * IMAGE, (from + count) * IMAGE),
                    ComputeDevice.CPU,
                    count,
                    3,
                    16,
                    16));
        counts =
            counts.plus(
                evaluation.evaluate(
                    model,
                    pixels,
                    Tensors.labels(Arrays.copyOfRange(y, from, from + count), ComputeDevice.CPU),
                    NoiseSource.perSample(
                        SeedKey.of(11), LongStream.range(from, from + count).toArray())));
      }
    }
    return counts;
  }
}
