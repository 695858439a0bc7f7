package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.objective.TrainingAttack.Mode;
import io.robusttrain.objective.loss.Hat;
import io.robusttrain.objective.loss.Mart;
import io.robusttrain.objective.loss.Trades;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.RunningError;
import io.robusttrain.oracle.RunningError.Value;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The objectives with a divergence, where logits are far apart: losses and gradients against closed
 * forms in float64, element by element, within the running error of the operations. The model's
 * parameters are the logits themselves, one vector for each forward. Beyond a gap of 104 a
 * probability is 0 in float32, beyond 745 in float64.
 */
@Numeric
class LogitGapTest {
  private static final int IMAGES = 8;
  private static final int CLASSES = 10;
  private static final List<String> FORWARDS = List.of("clean", "attacked", "helper");
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          FORWARDS.stream().map(name -> ParameterSpec.parameter(name, IMAGES, CLASSES)).toList());
  private static final TrainingAttack ATTACK =
      new TrainingAttack(ProjectedGradientDescent.fgsm(8 / 255.0), Mode.EVAL);
  private static final Criterion PLAIN = new Criterion(0);

  @BeforeEach
  void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 20, 80, 104, 120, 700, 800, 1e4})
  void tradesIsItsClosedForm(double gap) {
    check(gap, new Trades(PLAIN, ATTACK, 6), (exact, row) -> trades(exact, row, 6));
    refuse(gap, new Trades(PLAIN, ATTACK, 6.01), (exact, row) -> trades(exact, row, 6));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 20, 80, 104, 120, 700, 800, 1e4})
  void martIsItsClosedForm(double gap) {
    check(gap, new Mart(PLAIN, ATTACK, 5), (exact, row) -> mart(exact, row, 5));
    refuse(gap, new Mart(PLAIN, ATTACK, 5.01), (exact, row) -> mart(exact, row, 5));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 20, 80, 104, 120, 700, 800, 1e4})
  void hatIsItsClosedForm(double gap) {
    check(gap, hat(2.5), (exact, row) -> hat(exact, row, 2.5));
    refuse(gap, hat(2.51), (exact, row) -> hat(exact, row, 2.5));
  }

  private static Hat hat(double beta) {
    return new Hat(new Trades(PLAIN, ATTACK, beta), 0.5, 2, device -> new Standard());
  }

  /** What an objective makes of one image: its loss, and the gradients at its rows of logits. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Term(Value loss, Value[] clean, Value[] attacked, Value[] helper) {}

  /** One image: logits of each forward, its class, and the class that the standard model sees. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(double[] clean, double[] attacked, double[] helper, int label, int seen) {}

  private interface Form {
    Term of(Exact exact, Row row);
  }

  private static void check(double gap, Objective objective, Form form) {
    check(gap, objective, form, ScalarType.Double, RunningError.FLOAT64);
    check(gap, objective, form, ScalarType.Float, RunningError.FLOAT32);
  }

  /** A weight that is off by less than a 200th must not pass as rounding, in float32 either. */
  private static void refuse(double gap, Objective wrong, Form form) {
    assertThatThrownBy(() -> check(gap, wrong, form, ScalarType.Float, RunningError.FLOAT32))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("closed form");
  }

  private static void check(
      double gap, Objective objective, Form form, ScalarType dtype, RunningError arithmetic) {
    float[] logits = logits(gap);
    Map<String, double[]> actual = results(objective, logits, dtype);
    Exact exact = new Exact(arithmetic);
    List<Term> terms =
        IntStream.range(0, IMAGES).mapToObj(image -> form.of(exact, row(logits, image))).toList();
    near("loss", actual.get("loss")[0], exact.mean(terms.stream().map(Term::loss).toList()));
    for (int image = 0; image < IMAGES; image++) {
      Term term = terms.get(image);
      near("clean", image, actual, exact.perImage(term.clean()));
      near("attacked", image, actual, exact.perImage(term.attacked()));
      near("helper", image, actual, exact.perImage(term.helper()));
    }
  }

  private static void near(
      String forward, int image, Map<String, double[]> actual, Value[] expected) {
    for (int k = 0; k < CLASSES; k++) {
      near(
          "gradient of %s[%d][%d]".formatted(forward, image, k),
          actual.get(forward)[image * CLASSES + k],
          expected[k]);
    }
  }

  private static void near(String what, double actual, Value expected) {
    assertThat(Math.abs(actual - expected.exact()))
        .as("%s = %s, closed form %s", what, actual, expected)
        .isLessThanOrEqualTo(expected.error());
  }

  private static Map<String, double[]> results(
      Objective objective, float[] logits, ScalarType dtype) {
    Objective given =
        new Changed(objective, step -> step, step -> Pixels.of(step.clean().tensor().add(one())));
    try (FlatParameters parameters = new FlatParameters(LAYOUT, ComputeDevice.CPU, dtype);
        BatchStatistics none = new BatchStatistics(LAYOUT, ComputeDevice.CPU, dtype);
        PointerScope scope = new PointerScope()) {
      parameters.load(logits, 0);
      // Clean images are black, attacked ones white, helper images twice as far.
      Classifier model =
          (pixels, pass) ->
              parameters.value(FORWARDS.get((int) pixels.max().item_double())).clone();
      Tensor images = Tensors.of(new float[IMAGES], ComputeDevice.CPU, IMAGES, 1, 1, 1).to(dtype);
      Tensor labels = Tensors.labels(labels(), ComputeDevice.CPU);
      Map<String, double[]> results = new TreeMap<>();
      try (MicroBatchStep step = new MicroBatchStep(model, parameters, none, given)) {
        StepOutcome outcome =
            step.run(Pixels.of(images), labels, MicroBatchContext.of(SeedKey.of(0), 0.01, 1));
        results.put("loss", new double[] {outcome.meanLoss()});
      }
      FORWARDS.forEach(name -> results.put(name, Doubles.of(parameters.gradient(name))));
      return results;
    }
  }

  private static Scalar one() {
    return new Scalar(1.0);
  }

  /**
   * Logits whose largest is a gap above the smallest, and a fifth of it at least above the others.
   * Every other image is attacked with success.
   */
  private static float[] logits(double gap) {
    SplittableRandom random = new SplittableRandom(13);
    float[] values = new float[LAYOUT.size()];
    for (String forward : FORWARDS) {
      for (int image = 0; image < IMAGES; image++) {
        int first = LAYOUT.offset(forward) + image * CLASSES;
        int largest = forward.equals("clean") ? image : image + 3 * (image % 2);
        for (int k = 0; k < CLASSES; k++) {
          double share = k == (largest + 1) % CLASSES ? 1 : 0.2 + 0.8 * random.nextDouble();
          double below = k == largest % CLASSES ? 0 : share;
          values[first + k] = (float) (gap * (0.37 - below));
        }
      }
    }
    return values;
  }

  /** Right for the clean image, for the attacked one, or for none of the two. */
  private static int[] labels() {
    return IntStream.range(0, IMAGES)
        .map(image -> (image + List.of(0, 3, 5).get(image % 3)) % CLASSES)
        .toArray();
  }

  private static Row row(float[] logits, int image) {
    return new Row(
        part(logits, "clean", image),
        part(logits, "attacked", image),
        part(logits, "helper", image),
        labels()[image],
        Standard.seen(image));
  }

  private static double[] part(float[] logits, String forward, int image) {
    int first = LAYOUT.offset(forward) + image * CLASSES;
    return Doubles.of(Arrays.copyOfRange(logits, first, first + CLASSES));
  }

  private static Term trades(Exact exact, Row row, double beta) {
    Value[] q = exact.logSoftmax(row.clean());
    Value[] p = exact.logSoftmax(row.attacked());
    Exact.Pair pair = exact.divergence(p, q);
    Value[] toClean = exact.throughLogSoftmax(q, exact.scaled(beta, pair.toTargets()));
    Value[] toAttacked = exact.throughLogSoftmax(p, exact.scaled(beta, pair.toProbabilities()));
    return new Term(
        exact
            .arithmetic()
            .plus(exact.crossEntropy(q, row.label()), exact.arithmetic().times(beta, pair.value())),
        exact.added(exact.crossEntropyGradient(q, row.label()), toClean),
        toAttacked,
        exact.zeros());
  }

  private static Term hat(Exact exact, Row row, double beta) {
    Term robust = trades(exact, row, beta);
    Value[] helper = exact.logSoftmax(row.helper());
    Value loss = exact.arithmetic().times(0.5, exact.crossEntropy(helper, row.seen()));
    return new Term(
        exact.arithmetic().plus(robust.loss(), loss),
        robust.clean(),
        robust.attacked(),
        exact.scaled(0.5, exact.crossEntropyGradient(helper, row.seen())));
  }

  private static Term mart(Exact exact, Row row, double beta) {
    RunningError a = exact.arithmetic();
    Value[] q = exact.logSoftmax(row.clean());
    Value[] p = exact.logSoftmax(row.attacked());
    Value[] raised = exact.raised(p);
    Exact.Pair pair = exact.divergence(raised, q);
    Exact.Single weight = exact.withoutClass(row.clean(), row.label());
    Value factor = a.plus(weight.value(), Value.of(1e-7));
    Exact.Single rest = exact.withoutClass(row.attacked(), strongestOther(row));
    Value margin = a.plus(rest.value(), Value.of(1e-4 + 1e-12));
    Value slope = a.over(Value.of(-1), margin);
    Value[] toRaised = exact.scaled(a.times(beta, factor), pair.toProbabilities());
    Value[] toP = exact.throughRaised(p, toRaised);
    Value[] fromDivergence =
        exact.throughLogSoftmax(q, exact.scaled(a.times(beta, factor), pair.toTargets()));
    Value[] fromWeight = exact.scaled(a.times(beta, pair.value()), weight.gradient());
    Value loss =
        a.sum(
            exact.crossEntropy(p, row.label()),
            a.times(-1, a.log(margin)),
            a.times(beta, a.times(pair.value(), factor)));
    return new Term(
        loss,
        exact.added(fromDivergence, fromWeight),
        exact.added(
            exact.added(
                exact.crossEntropyGradient(p, row.label()), exact.scaled(slope, rest.gradient())),
            exact.throughLogSoftmax(p, toP)),
        exact.zeros());
  }

  private static int strongestOther(Row row) {
    return IntStream.range(0, CLASSES)
        .filter(k -> k != row.label())
        .reduce((a, b) -> row.attacked()[a] >= row.attacked()[b] ? a : b)
        .orElseThrow();
  }

  /** The operations on a row of K logits and their gradients, with what they may be off. */
  private record Exact(RunningError arithmetic) {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Pair(Value value, Value[] toProbabilities, Value[] toTargets) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Single(Value value, Value[] gradient) {}

    Value[] zeros() {
      return vector(k -> Value.of(0));
    }

    Value[] added(Value[] a, Value[] b) {
      return vector(k -> arithmetic.plus(a[k], b[k]));
    }

    Value[] scaled(double factor, Value[] a) {
      return scaled(Value.of(factor), a);
    }

    Value[] scaled(Value factor, Value[] a) {
      return vector(k -> arithmetic.times(factor, a[k]));
    }

    /** The gradient of the mean over the images. */
    Value[] perImage(Value[] gradient) {
      return scaled(1.0 / IMAGES, gradient);
    }

    Value mean(List<Value> values) {
      return arithmetic.times(1.0 / IMAGES, arithmetic.sum(values.toArray(Value[]::new)));
    }

    Value[] logSoftmax(double[] logits) {
      Value[] below = below(logits);
      Value lost = arithmetic.log(arithmetic.sum(vector(k -> arithmetic.exp(below[k]))));
      return vector(k -> arithmetic.minus(below[k], lost));
    }

    Value[] softmax(double[] logits) {
      Value[] powers = vector(k -> arithmetic.exp(below(logits)[k]));
      Value sum = arithmetic.sum(powers);
      return vector(k -> arithmetic.over(powers[k], sum));
    }

    private Value[] below(double[] logits) {
      Value largest = Value.of(Arrays.stream(logits).max().orElseThrow());
      return vector(k -> arithmetic.minus(Value.of(logits[k]), largest));
    }

    Value[] throughLogSoftmax(Value[] logProbabilities, Value[] gradient) {
      Value sum = arithmetic.sum(gradient);
      return vector(
          k ->
              arithmetic.minus(
                  gradient[k], arithmetic.times(arithmetic.exp(logProbabilities[k]), sum)));
    }

    Value crossEntropy(Value[] logProbabilities, int label) {
      return arithmetic.times(-1, logProbabilities[label]);
    }

    Value[] crossEntropyGradient(Value[] logProbabilities, int label) {
      return throughLogSoftmax(logProbabilities, vector(k -> Value.of(k == label ? -1 : 0)));
    }

    /** KL(q || p), and its gradients to log p and log q. */
    Pair divergence(Value[] logProbabilities, Value[] logTargets) {
      Value[] targets = vector(k -> arithmetic.exp(logTargets[k]));
      Value[] apart = vector(k -> arithmetic.minus(logTargets[k], logProbabilities[k]));
      Value[] terms = vector(k -> arithmetic.times(targets[k], apart[k]));
      return new Pair(arithmetic.sum(terms), scaled(-1, targets), added(terms, targets));
    }

    /** The sum of all probabilities but one, and its gradient to the logits. */
    Single withoutClass(double[] logits, int without) {
      Value[] p = softmax(logits);
      Value[] others = vector(k -> k == without ? Value.of(0) : p[k]);
      Value sum = arithmetic.sum(others);
      return new Single(
          sum,
          vector(
              k -> arithmetic.times(p[k], arithmetic.minus(Value.of(k == without ? 0 : 1), sum))));
    }

    /** log(p + 1e-12). */
    Value[] raised(Value[] logProbabilities) {
      return vector(
          k -> {
            Value p = arithmetic.exp(logProbabilities[k]);
            double sum = p.exact() + 1e-12;
            // The larger of the two logarithms and what the smaller adds, each of them rounded.
            double size = Math.max(logProbabilities[k].exact(), Math.log(1e-12));
            double share = p.exact() / sum;
            double error = share * logProbabilities[k].error() + 8 * arithmetic.unit() * (1 - size);
            return new Value(Math.log(sum), error);
          });
    }

    /** The gradient to log p of one to log(p + 1e-12). */
    Value[] throughRaised(Value[] logProbabilities, Value[] gradient) {
      Value tiny = new Value(Math.log(1e-12), 28 * arithmetic.unit());
      return vector(
          k -> {
            // Where p is less than 1e-12 by far, the power may be infinite and the share 0.
            if (logProbabilities[k].exact() < -80) {
              double share = Math.exp(-80) / 1e-12;
              return new Value(0, share * (Math.abs(gradient[k].exact()) + gradient[k].error()));
            }
            Value power = arithmetic.exp(arithmetic.minus(tiny, logProbabilities[k]));
            return arithmetic.over(gradient[k], arithmetic.plus(Value.of(1), power));
          });
    }

    private static Value[] vector(IntFunction<Value> element) {
      return IntStream.range(0, CLASSES).mapToObj(element).toArray(Value[]::new);
    }
  }

  /** Sees another class in each image. */
  private static final class Standard implements Classifier {
    static int seen(int image) {
      return (7 * image + 2) % CLASSES;
    }

    @Override
    public Tensor forward(Tensor pixels, ForwardPass pass) {
      float[] logits = new float[IMAGES * CLASSES];
      for (int image = 0; image < IMAGES; image++) {
        logits[image * CLASSES + seen(image)] = 1;
      }
      return Tensors.of(logits, ComputeDevice.CPU, IMAGES, CLASSES);
    }
  }
}
