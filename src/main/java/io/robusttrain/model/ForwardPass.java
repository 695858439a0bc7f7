package io.robusttrain.model;

import io.robusttrain.tensor.SeedKey;
import java.util.Optional;
import java.util.Set;

/** How a forward pass runs: with running statistics, or as training does. */
public sealed interface ForwardPass {
  /** Evaluation: batch norm uses running statistics, drop path is off, all tokens are there. */
  static ForwardPass eval() {
    return Eval.WHOLE;
  }

  /**
   * Training: batch norm normalises by the batch and leaves the batch's statistics in {@code
   * statistics}; drop path draws from {@code dropPathKey}.
   */
  static ForwardPass train(BatchStatistics statistics, SeedKey dropPathKey) {
    return new Train(statistics, dropPathKey, Set.of(), Optional.empty());
  }

  /** The choice of patch tokens that are kept; empty: all. */
  Optional<TokenDropping.Draw> dropped();

  /** This pass with only some of the patch tokens; a model that needs them all refuses it. */
  ForwardPass dropping(TokenDropping.Draw draw);

  /**
   * See {@link ForwardPass#eval()}.
   *
   * @param dropped see {@link ForwardPass#dropped()}; a training step's attack may have it
   */
  record Eval(Optional<TokenDropping.Draw> dropped) implements ForwardPass {
    private static final Eval WHOLE = new Eval(Optional.empty());

    @Override
    public ForwardPass dropping(TokenDropping.Draw draw) {
      return new Eval(Optional.of(draw));
    }
  }

  /**
   * See {@link ForwardPass#train}.
   *
   * @param statistics receives the batch's statistics; borrowed
   * @param dropPathKey the key of this pass's drop-path draws
   * @param frozenNorms batch norms, by the prefix of their tensors, that normalise by their running
   *     statistics nevertheless and write nothing
   * @param dropped see {@link ForwardPass#dropped()}
   */
  record Train(
      BatchStatistics statistics,
      SeedKey dropPathKey,
      Set<String> frozenNorms,
      Optional<TokenDropping.Draw> dropped)
      implements ForwardPass {
    /** This with other frozen batch norms. */
    Train freezing(Set<String> norms) {
      return new Train(statistics, dropPathKey, norms, dropped);
    }

    @Override
    public ForwardPass dropping(TokenDropping.Draw draw) {
      return new Train(statistics, dropPathKey, frozenNorms, Optional.of(draw));
    }
  }
}
