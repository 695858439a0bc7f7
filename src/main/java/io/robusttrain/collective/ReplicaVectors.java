package io.robusttrain.collective;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.NativeVectors;
import io.robusttrain.engine.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The flat vectors of a worker's replicas as tensors of shape (P): the first replica's weights are
 * where gathered weights go, and its gradients where those of all replicas are added. Owns its
 * tensors, and what they hold unless the worker does. Used from one thread at a time, but for
 * {@link #compute}, which may be called for different replicas at the same time.
 */
abstract sealed class ReplicaVectors implements AutoCloseable {
  private final List<Tensor> owned = new ArrayList<>();

  /**
   * The vectors that a worker's replicas compute with, or copies of what it takes as arrays.
   *
   * @param parts whether to tell which parts of a gradient are complete while the rest is computed
   */
  static ReplicaVectors of(Worker worker, int replicas, int size, boolean parts) {
    List<NativeVectors> own = new ArrayList<>();
    for (int replica = 0; replica < replicas; replica++) {
      Optional<NativeVectors> vectors = worker.vectors(replica);
      vectors.ifPresent(own::add);
    }
    return own.size() == replicas
        ? new Lent(worker, own, size, parts)
        : new Copied(worker, replicas, size);
  }

  /** The first replica's weights. */
  abstract Tensor weights();

  /** A replica's gradients. */
  abstract Tensor gradients(int replica);

  /** How many replicas there are. */
  abstract int replicas();

  /** Gives all replicas the weights that the first one has. */
  abstract void spread();

  /** Where the parts of a gradient end of which {@link #compute} tells; the last is all of it. */
  abstract List<Integer> partEnds();

  /**
   * Computes a replica's share of a step.
   *
   * @param complete is told numbers of {@link #partEnds} that are complete, on any thread; not
   *     necessarily all
   * @return its loss
   */
  abstract double compute(long step, int replica, IntConsumer complete);

  final Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  @Override
  public final void close() {
    owned.forEach(Pointer::close);
    owned.clear();
  }

  /** The replicas' own memory, of which nothing is copied. */
  private static final class Lent extends ReplicaVectors {
    private final Worker worker;
    private final List<Tensor> weights = new ArrayList<>();
    private final List<Tensor> gradients = new ArrayList<>();
    private final List<Integer> partEnds;

    Lent(Worker worker, List<NativeVectors> own, int size, boolean parts) {
      this.worker = worker;
      for (NativeVectors vectors : own) {
        if (vectors.size() != size) {
          throw new IllegalArgumentException(
              "a replica has %d elements, expected %d".formatted(vectors.size(), size));
        }
        weights.add(own(view(vectors.weights(), size)));
        gradients.add(own(view(vectors.gradients(), size)));
      }
      // Several replicas' gradients are added first, when all have computed.
      partEnds = parts && own.size() == 1 ? own.get(0).partEnds() : List.of(size);
    }

    private static Tensor view(long address, int size) {
      try (PointerScope scope = new PointerScope()) {
        return torch.from_blob(new At(address), size).retainReference();
      }
    }

    @Override
    Tensor weights() {
      return weights.get(0);
    }

    @Override
    Tensor gradients(int replica) {
      return gradients.get(replica);
    }

    @Override
    int replicas() {
      return weights.size();
    }

    @Override
    void spread() {
      for (int replica = 1; replica < weights.size(); replica++) {
        // The answer is the same object.
        weights.get(replica).copy_(weights.get(0));
      }
    }

    @Override
    List<Integer> partEnds() {
      return partEnds;
    }

    @Override
    double compute(long step, int replica, IntConsumer complete) {
      return partEnds.size() == 1
          ? worker.compute(step, replica)
          : worker.compute(step, replica, complete);
    }
  }

  /** An address that somebody else owns. */
  private static final class At extends FloatPointer {
    At(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }

  /** Tensors of its own, for workers that take and give arrays. */
  private static final class Copied extends ReplicaVectors {
    private final Worker worker;
    private final Tensor weights;
    private final float[] sharedWeights;
    private final List<Tensor> gradients = new ArrayList<>();
    private final List<float[]> arrays = new ArrayList<>();

    Copied(Worker worker, int replicas, int size) {
      this.worker = worker;
      this.sharedWeights = new float[size];
      try (PointerScope scope = new PointerScope()) {
        weights = own(torch.zeros(size).retainReference());
        for (int replica = 0; replica < replicas; replica++) {
          gradients.add(own(torch.zeros(size).retainReference()));
          arrays.add(new float[size]);
        }
      }
    }

    @Override
    Tensor weights() {
      return weights;
    }

    @Override
    Tensor gradients(int replica) {
      return gradients.get(replica);
    }

    @Override
    int replicas() {
      return arrays.size();
    }

    @Override
    void spread() {
      try (PointerScope scope = new PointerScope()) {
        weights.data_ptr_float().get(sharedWeights);
      }
    }

    @Override
    List<Integer> partEnds() {
      return List.of(sharedWeights.length);
    }

    @Override
    double compute(long step, int replica, IntConsumer complete) {
      float[] array = arrays.get(replica);
      double loss =
          worker.compute(step, replica, FloatSlice.of(sharedWeights), FloatSlice.of(array));
      try (PointerScope scope = new PointerScope()) {
        gradients.get(replica).data_ptr_float().put(array);
      }
      return loss;
    }
  }
}
