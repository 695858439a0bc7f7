package io.robusttrain.train.worker;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.tensor.FlatParameters;

/** How an engine gives a replica its weights and takes its gradient. */
sealed interface ReplicaExchange {
  /** Puts the weights of a step into the replica. */
  void load(FlatParameters replica);

  /** Hands the replica's gradient on; whether it is finite. */
  boolean store(FlatParameters replica);

  /** Makes the whole gradient that is handed on say that its step must be skipped. */
  void spoil(FlatParameters replica);

  /**
   * Through arrays, which the engine shares.
   *
   * @param weights the flat vector (P)
   * @param gradients receives the gradient (P)
   */
  record ByArrays(FloatSlice weights, FloatSlice gradients) implements ReplicaExchange {
    @Override
    public void load(FlatParameters replica) {
      replica.load(weights.array(), weights.offset());
    }

    @Override
    public boolean store(FlatParameters replica) {
      replica.storeGradients(gradients.array(), gradients.offset());
      return FiniteGradient.holds(gradients);
    }

    @Override
    public void spoil(FlatParameters replica) {
      FiniteGradient.spoil(gradients);
    }
  }

  /** In the replica's own memory, where the engine reads and writes. */
  record InPlace() implements ReplicaExchange {
    @Override
    public void load(FlatParameters replica) {}

    @Override
    public boolean store(FlatParameters replica) {
      return replica.gradientsWithin(FiniteGradient.LARGEST);
    }

    @Override
    public void spoil(FlatParameters replica) {
      replica.fillGradients(Float.NaN);
    }
  }
}
