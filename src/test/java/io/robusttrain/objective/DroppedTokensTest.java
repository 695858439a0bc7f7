package io.robusttrain.objective;

import static org.assertj.core.api.Assertions.assertThat;

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
    run(new DroppedTokens(adversarial(), HALF), 1);
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
              new DroppedTokens(plain, HALF),
              new DroppedTokens(new AdversarialWeightPerturbation(plain, 0.01, 0), HALF),
              new MixedPrecision(new DroppedTokens(plain, HALF), Precision.FP32))) {
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

  @Test
  void equalKeysGiveEqualStepsAndNothingDroppedThePlainOne() {
    float[] once = run(new DroppedTokens(adversarial(), HALF), 1);
    assertThat(run(new DroppedTokens(adversarial(), HALF), 1)).containsExactly(once);
    assertThat(run(new DroppedTokens(adversarial(), HALF), 2)).isNotEqualTo(once);
    TokenDropping none = new TokenDropping(TokenDropping.Mode.RANDOM, 0);
    float[] plain = run(adversarial(), 1);
    assertThat(run(new DroppedTokens(adversarial(), none), 1)).containsExactly(plain);
    assertThat(plain).isNotEqualTo(once);
  }

  private static Objective adversarial() {
    return new AdversarialCrossEntropy(
        0,
        new ProjectedGradientDescent(
            ThreatModel.linf(RADIUS), 1, RADIUS, ProjectedGradientDescent.Start.CLEAN));
  }

  private static TokenDropping.Draw draw(long seed) {
    return new TokenDropping.Draw(HALF, SeedKey.of(seed).with("patch-drop"));
  }

  /** The gradients of one step. */
  private float[] run(Objective objective, long seed) {
    passes.clear();
    parameters.zeroGradients();
    Classifier watched =
        (pixels, pass) -> {
          passes.add(pass);
          if (pass instanceof ForwardPass.Train) {
            trainedOn = Tensors.toArray(pixels);
          }
          return classifier.forward(pixels, pass);
        };
    try (PointerScope scope = new PointerScope();
        MicroBatchStep step = new MicroBatchStep(watched, parameters, statistics, objective)) {
      Tensor labels = Tensors.labels(new int[] {0, 1, 2, 3}, ComputeDevice.CPU);
      step.run(
          Pixels.of(Tensors.of(clean(), ComputeDevice.CPU, IMAGES, 3, SIDE, SIDE)),
          labels,
          MicroBatchContext.of(SeedKey.of(seed), RADIUS, 1));
      return Tensors.toArray(parameters.gradients());
    }
  }

  private static float[] clean() {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toArray(
          Tensors.uniform(SeedKey.of(9), 0.2, 0.8, ComputeDevice.CPU, IMAGES, 3, SIDE, SIDE));
    }
  }
}
