package io.robusttrain.objective;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * One tensor for each place of a step, kept from step to step within an epoch: where attacks that
 * start at the previous perturbation find it. It is empty when an epoch begins, so that a run that
 * continues there is the same run.
 *
 * <p>Owns copies until {@link #close()}. Not thread-safe; each replica has its own.
 */
public final class SlotMemory implements AutoCloseable {
  private final Map<Integer, Kept> kept = new HashMap<>();

  /** A tensor and when it was kept. */
  private record Kept(long epoch, Tensor tensor) {}

  /** The tensor that this slot kept in the same epoch; still owned by this object. */
  Optional<Tensor> recall(MicroBatchContext.Slot slot) {
    return Optional.ofNullable(kept.get(slot.lane()))
        .filter(entry -> entry.epoch() == slot.epoch())
        .map(Kept::tensor);
  }

  /** Keeps a detached copy. */
  void keep(MicroBatchContext.Slot slot, Tensor tensor) {
    Tensor copy;
    try (PointerScope scope = new PointerScope()) {
      copy = tensor.detach().clone().retainReference();
    }
    Kept before = kept.put(slot.lane(), new Kept(slot.epoch(), copy));
    if (before != null) {
      before.tensor().close();
    }
  }

  @Override
  public void close() {
    kept.values().forEach(entry -> entry.tensor().close());
    kept.clear();
  }
}
