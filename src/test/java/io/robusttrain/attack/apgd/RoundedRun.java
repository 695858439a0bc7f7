package io.robusttrain.attack.apgd;

import io.robusttrain.attack.apgd.ApgdRun.Loss;
import io.robusttrain.attack.apgd.ApgdRun.Steps;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Loss and steps of a run in which every logit and every gradient value is wrong by a little more,
 * drawn at random within {@link RoundingErrors}: a run as it could have been in another arithmetic.
 * Each row draws, at each query, from a seed of its own.
 */
final class RoundedRun {
  /** What is left of a change that was added to a pixel and taken away: two roundings. */
  private static final float TOUCH = 0x1p-23f;

  /** The largest share of the values near the clean ones that rounding is taken to touch. */
  private static final double TOUCHED = 0.02;

  /** Of a probability, relative: the roundings of a sum, a logarithm and an exponential. */
  private static final double TILT = 4 * Rounding.UNIT;

  private final RoundingErrors errors;
  private final int[] images;
  private final long[][] seeds;
  private int query;

  /**
   * Prepares one run.
   *
   * @param images of each row
   * @param seeds of each query and row; 0 adds nothing
   */
  RoundedRun(RoundingErrors errors, int[] images, long[][] seeds) {
    this.errors = errors;
    this.images = images;
    this.seeds = seeds;
  }

  /**
   * A loss of logits that are a little wrong, and whose derivative by each logit is, by {@link
   * #TILT}: that matters where a softmax is nearly 1 and all of the derivative is near 0.
   */
  Loss roundedLoss(Loss loss) {
    double[] tilts = new double[errors.logits()[0].length];
    Arrays.fill(tilts, TILT);
    return (logits, labels, targets) -> {
      Tensor wrong = logits.add(noise(logits, errors.logits()[query], 1));
      Tensor error = noise(logits, tilts, 3).mul_(wrong.detach().softmax(1));
      // Only the derivative: the value added is 0.
      Tensor tilt = wrong.sub(wrong.detach()).mul(error).sum(1);
      return loss.of(wrong, labels, targets).add(tilt);
    };
  }

  /** Steps along gradients that are a little wrong. */
  Steps roundedSteps(Steps steps) {
    return (radius, iterations, state) -> {
      Tensor start = touched(state.point, state.clean);
      state.point.put(start);
      state.previous.put(start);
      state.best.put(start);
      state.gradient.put(wrong(state));
      state.bestGradient.put(state.gradient);
      StepRule rule = steps.begin(radius, iterations, state);
      return new StepRule() {
        @Override
        public Tensor next(ApgdState now, int iteration) {
          query++;
          return touched(rule.next(now, iteration), now.clean);
        }

        @Override
        public void adapt(ApgdState now) {
          Tensor wrong = wrong(now);
          // The state has taken this gradient for the best one where the loss is the best one.
          Tensor best = ApgdState.images(now.loss.eq(now.bestLoss));
          now.bestGradient.put(wrong.where(best, now.bestGradient));
          now.gradient.put(wrong);
          rule.adapt(now);
        }
      };
    };
  }

  private Tensor wrong(ApgdState state) {
    return state.gradient.add(noise(state.gradient, errors.gradients()[query], 2));
  }

  /**
   * A value that is the clean one but for rounding may also be it exactly, or the other way round;
   * L1 counts the values that changed.
   */
  private Tensor touched(Tensor point, Tensor clean) {
    if (Arrays.stream(seeds[query]).allMatch(seed -> seed == 0)) {
      return point;
    }
    float[] at = Tensors.toArray(point);
    float[] from = Tensors.toArray(clean);
    int values = at.length / images.length;
    for (int row = 0; row < images.length; row++) {
      SplittableRandom random = new SplittableRandom(seeds[query][row]);
      // One value more or less may be what it takes, or many.
      double share = TOUCHED * Math.pow(random.nextDouble(), 3);
      for (int i = row * values; i < (row + 1) * values && seeds[query][row] != 0; i++) {
        if (Math.abs(at[i] - from[i]) <= TOUCH && random.nextDouble() < share) {
          at[i] = at[i] == from[i] ? Math.abs(from[i] - TOUCH) : from[i];
        }
      }
    }
    return Tensors.of(at, ComputeDevice.CPU, point.sizes().vec().get());
  }

  private Tensor noise(Tensor like, double[] sizes, long salt) {
    if (Arrays.stream(seeds[query]).allMatch(seed -> seed == 0)) {
      return torch.zeros_like(like);
    }
    float[] noise = new float[Math.toIntExact(like.numel())];
    int values = noise.length / images.length;
    for (int row = 0; row < images.length; row++) {
      long seed = seeds[query][row];
      if (seed != 0) {
        SplittableRandom random = new SplittableRandom(seed * 4 + salt);
        double size = sizes[images[row]];
        for (int i = row * values; i < (row + 1) * values; i++) {
          noise[i] = (float) (size * (2 * random.nextDouble() - 1));
        }
      }
    }
    return Tensors.of(noise, ComputeDevice.CPU, like.sizes().vec().get());
  }
}
