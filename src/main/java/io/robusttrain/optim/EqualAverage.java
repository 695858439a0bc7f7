package io.robusttrain.optim;

/**
 * Stochastic weight averaging (SWA; Izmailov et al., "Averaging Weights Leads to Wider Optima and
 * Better Generalization", 2018): the plain mean of the weights at every {@code every}-th step of a
 * range. The k-th of them enters with share 1/k (equation in their algorithm 1), as in {@code
 * torch.optim.swa_utils.AveragedModel}.
 *
 * <p>The running statistics of batch norm are averaged like the weights, by the same shares.
 * Izmailov et al. compute them anew with a pass over the training data; their mean over the
 * averaged models stands in for that.
 *
 * @param start steps before the range, at least 0
 * @param end the last step of the range, above {@code start}
 * @param every steps from one averaged model to the next, at least 1
 */
public record EqualAverage(long start, long end, long every) implements WeightAverage {
  /** The name of its vector. */
  public static final String NAME = "swa";

  public EqualAverage {
    if (start < 0 || end <= start || every < 1) {
      throw new IllegalArgumentException(
          "an average needs 0 <= start < end and steps between models of at least 1: start %d, end %d, every %d"
              .formatted(start, end, every));
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  /** The models averaged after so many steps. */
  public long models(long step) {
    return Math.max(0, (Math.min(step, end) - start) / every);
  }

  @Override
  public double share(long step) {
    boolean taken = step > start && step <= end && (step - start) % every == 0;
    return taken ? 1.0 / models(step) : 0;
  }

  @Override
  public boolean begun(long step) {
    return models(step) > 1;
  }
}
