package io.robusttrain.model;

import io.robusttrain.tensor.SeedKey;
import java.util.Set;

/** How a forward pass runs: with running statistics, or as training does. */
public sealed interface ForwardPass {
  /** Evaluation: batch norm uses running statistics, drop path is off. */
  static ForwardPass eval() {
    return Eval.INSTANCE;
  }

  /**
   * Training: batch norm normalises by the batch and leaves the batch's statistics in {@code
   * statistics}; drop path draws from {@code dropPathKey}.
   */
  static ForwardPass train(BatchStatistics statistics, SeedKey dropPathKey) {
    return new Train(statistics, dropPathKey, Set.of());
  }

  /** See {@link ForwardPass#eval()}. */
  enum Eval implements ForwardPass {
    INSTANCE
  }

  /**
   * See {@link ForwardPass#train}.
   *
   * @param statistics receives the batch's statistics; borrowed
   * @param dropPathKey the key of this pass's drop-path draws
   * @param frozenNorms batch norms, by the prefix of their tensors, that normalise by their running
   *     statistics nevertheless and write nothing
   */
  record Train(BatchStatistics statistics, SeedKey dropPathKey, Set<String> frozenNorms)
      implements ForwardPass {
    /** This with other frozen batch norms. */
    Train freezing(Set<String> norms) {
      return new Train(statistics, dropPathKey, norms);
    }
  }
}
