package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.BatchStatistics;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.objective.around.DroppedTokens;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.objective.loss.FreeAdversarialTraining;
import io.robusttrain.objective.loss.Trades;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Precision;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps of a small DeiT of 16 patches that leave tokens out. */
class DroppedTokensTest {
  private static final int IMAGES = 4;
  private static final int SIDE = 32;
  private static final int PATCH = 8;
  private static final int GRID = 4;
  private static final double RADIUS = 8 / 255.0;
  private static final TokenDropping HALF = new TokenDropping(TokenDropping.Mode.RANDOM, 0.5);
  private static final Architecture MODEL =
      ModelRegistry.create(
          "deit_tiny_patch16_224",
          ModelOptions.none()
              .withNumClasses(5)
              .withImageSize(SIDE)
              .with("patch_size", PATCH)
              .with("embed_dim", 16)
              .with("depth", 2)
              .with("num_heads", 2));

  private final List<ForwardPass> passes = new ArrayList<>();
  private FlatParameters parameters;
  private BatchStatistics statistics;
  private Classifier classifier;
  private float[] trainedOn = new float[0];

  @BeforeEach
  void start() {
    Arithmetic.start();
    parameters = new FlatParameters(MODEL.layout(), ComputeDevice.CPU);
    MODEL.initialize(parameters, SeedKey.of(5));
    statistics = new BatchStatistics(MODEL.layout(), ComputeDevice.CPU);
    classifier = MODEL.bind(parameters);
  }

  @AfterEach
  void stop() {
    classifier.close();
    statistics.close();
    parameters.close();
  }

  /** From the clean image, an attack moves what has a gradient: the patches that the loss sees. */
  @Test
  void theAttackMovesExactlyThePatchesThatTheLossSees() {
    run(dropping(adversarial(), HALF), 1);
    int[] places = draw(1).places(IMAGES, GRID, GRID);
    float[] clean = clean();
    for (int image = 0; image < IMAGES; image++) {
      Set<Integer> kept = new HashSet<>();
      Arrays.stream(places, 8 * image, 8 * image + 8).forEach(kept::add);
      Set<Integer> moved = new HashSet<>();
      for (int pixel = 0; pixel < 3 * SIDE * SIDE; pixel++) {
        int at = image * 3 * SIDE * SIDE + pixel;
        if (trainedOn[at] != clean[at]) {
          int row = pixel % (SIDE * SIDE) / SIDE;
          moved.add(row / PATCH * GRID + pixel % SIDE / PATCH);
        }
      }
      assertThat(moved).as("image %d", image).isEqualTo(kept);
    }
  }

  @Test
  void allForwardsOfAStepKeepTheSameTokens() {
    TrainingAttack inTraining =
        new TrainingAttack(ProjectedGradientDescent.linf(RADIUS, 2), TrainingAttack.Mode.TRAIN);
    Objective trades = new Trades(new Criterion(0), inTraining, 6);
    for (Objective plain : List.of(adversarial(), trades)) {
      for (Objective whole :
          List.of(
              dropping(plain, HALF),
              dropping(new AdversarialWeightPerturbation(plain, 0.01, 0), HALF),
              new MixedPrecision(dropping(plain, HALF), Precision.FP32))) {
        run(whole, 1);
        assertThat(passes)
            .hasSizeGreaterThan(1)
            .extracting(ForwardPass::dropped)
            .containsOnly(Optional.of(draw(1)));
        run(whole, 2);
        assertThat(passes).extracting(ForwardPass::dropped).containsOnly(Optional.of(draw(2)));
      }
    }
  }

  /** The start, the step, and what the step before has left: on other patches. */
  @ParameterizedTest
  @EnumSource(names = {"RANDOM", "REFERENCE"})
  void anAttackInL2SpendsItsRadiusOnThePatchesThatTheLossSees(
      ProjectedGradientDescent.Start start) {
    double radius = 0.5;
    // A step far shorter than the radius leaves the start's length.
    for (double stepSize : new double[] {1e-4, 0.75}) {
      ProjectedGradientDescent descent =
          new ProjectedGradientDescent(ThreatModel.l2(radius), 1, stepSize, start);
      Objective remembering =
          dropping(
              new AdversarialCrossEntropy(
                  new Criterion(0),
                  new TrainingAttack(
                      descent,
                      TrainingAttack.Mode.EVAL,
                      AttackTarget.NONE,
                      TrainingAttack.Memory.PREVIOUS),
                  AdversarialCrossEntropy.CleanForward.SKIPPED),
              HALF);
      run(remembering, radius, 1, 2);
      int[] places = draw(2).places(IMAGES, GRID, GRID);
      assertThat(squaredChanges(places, false)).containsOnly(0);
      run(remembering, radius, 1);
      places = draw(1).places(IMAGES, GRID, GRID);
      assertThat(squaredChanges(places, false)).containsOnly(0);
      // Of 1536 normal draws: the relative deviation of their length is 1 / sqrt(2 * 1536).
      double deviations = stepSize < radius ? 5 / Math.sqrt(2.0 * 3 * SIDE * SIDE / 2) : 1e-5;
      for (double square : squaredChanges(places, true)) {
        assertThat(Math.sqrt(square)).isCloseTo(radius, within(radius * deviations + 1e-4));
      }
    }
  }

  /** Squared lengths of the changes of each image, in the patches at the places or outside. */
  private double[] squaredChanges(int[] places, boolean inside) {
    float[] clean = clean();
    double[] squares = new double[IMAGES];
    for (int at = 0; at < clean.length; at++) {
      int image = at / (3 * SIDE * SIDE);
      int pixel = at % (SIDE * SIDE);
      int patch = pixel / SIDE / PATCH * GRID + pixel % SIDE / PATCH;
      boolean kept = Arrays.stream(places, 8 * image, 8 * image + 8).anyMatch(p -> p == patch);
      if (kept == inside) {
        squares[image] += Math.pow(trainedOn[at] - clean[at], 2);
      }
    }
    return squares;
  }

  /** Free adversarial training moves the perturbation of one step for the next one. */
  @Test
  void stepsOnTheSameImagesInARowKeepTheSameTokens() {
    Objective free = dropping(new FreeAdversarialTraining(new Criterion(0), 2), HALF);
    try (PointerScope scope = new PointerScope();
        MicroBatchStep step = new MicroBatchStep(watched(), parameters, statistics, free)) {
      MicroBatchContext first = MicroBatchContext.of(SeedKey.of(1), RADIUS, 1);
      step.run(pixels(), labels(), first);
      step.run(
          pixels(),
          labels(),
          MicroBatchContext.of(SeedKey.of(2), RADIUS, 1).onImagesOf(first.key()));
    }
    assertThat(passes)
        .hasSize(2)
        .extracting(ForwardPass::dropped)
        .containsOnly(Optional.of(draw(1)));
  }

  @Test
  void equalKeysGiveEqualStepsAndNothingDroppedThePlainOne() {
    float[] once = run(dropping(adversarial(), HALF), 1);
    assertThat(run(dropping(adversarial(), HALF), 1)).containsExactly(once);
    assertThat(run(dropping(adversarial(), HALF), 2)).isNotEqualTo(once);
    TokenDropping none = new TokenDropping(TokenDropping.Mode.RANDOM, 0);
    float[] plain = run(adversarial(), 1);
    assertThat(run(dropping(adversarial(), none), 1)).containsExactly(plain);
    assertThat(plain).isNotEqualTo(once);
  }

  private static Objective adversarial() {
    return new AdversarialCrossEntropy(
        0,
        new ProjectedGradientDescent(
            ThreatModel.linf(RADIUS), 1, RADIUS, ProjectedGradientDescent.Start.CLEAN));
  }

  private static Objective dropping(Objective objective, TokenDropping dropping) {
    return new DroppedTokens(objective, dropping, new TokenDropping.Grid(GRID, GRID));
  }

  private static TokenDropping.Draw draw(long seed) {
    return new TokenDropping.Draw(HALF, SeedKey.of(seed).with("patch-drop"));
  }

  /** The gradients of one step. */
  private float[] run(Objective objective, long seed) {
    return run(objective, RADIUS, seed);
  }

  /** The gradients of the last of some steps. */
  private float[] run(Objective objective, double radius, long... seeds) {
    try (PointerScope scope = new PointerScope();
        MicroBatchStep step = new MicroBatchStep(watched(), parameters, statistics, objective)) {
      for (long seed : seeds) {
        passes.clear();
        parameters.zeroGradients();
        step.run(pixels(), labels(), MicroBatchContext.of(SeedKey.of(seed), radius, 1));
      }
      return Tensors.toArray(parameters.gradients());
    }
  }

  private Classifier watched() {
    return (pixels, pass) -> {
      passes.add(pass);
      if (pass instanceof ForwardPass.Train) {
        trainedOn = Tensors.toArray(pixels);
      }
      return classifier.forward(pixels, pass);
    };
  }

  private static Tensor labels() {
    return Tensors.labels(new int[] {0, 1, 2, 3}, ComputeDevice.CPU);
  }

  private static Pixels pixels() {
    return Pixels.of(Tensors.of(clean(), ComputeDevice.CPU, IMAGES, 3, SIDE, SIDE));
  }

  private static float[] clean() {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toArray(
          Tensors.uniform(SeedKey.of(9), 0.2, 0.8, ComputeDevice.CPU, IMAGES, 3, SIDE, SIDE));
    }
  }
}
