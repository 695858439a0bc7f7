package io.robusttrain.objective;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One tensor for each place of a step, kept from step to step within an epoch: where attacks that
 * start at the previous perturbation find it. It is empty when an epoch begins; within one,
 * checkpoints hold it, so that a run that continues is the same run.
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

  /** Copies of what the lanes kept in an epoch, in their order. */
  List<LaneMemory> save(long epoch) {
    List<LaneMemory> saved = new ArrayList<>();
    new TreeMap<>(kept)
        .forEach(
            (lane, entry) -> {
              if (entry.epoch() == epoch) {
                saved.add(saved(lane, entry.tensor()));
              }
            });
    return saved;
  }

  private static LaneMemory saved(int lane, Tensor tensor) {
    if (tensor.scalar_type().intern() != torch.ScalarType.Float) {
      throw new IllegalStateException(
          "the memory of lane %d is no float32 tensor and would not be saved exactly"
              .formatted(lane));
    }
    List<Long> shape = new ArrayList<>();
    for (long i = 0; i < tensor.dim(); i++) {
      shape.add(tensor.size(i));
    }
    return new LaneMemory(lane, shape, Tensors.toArray(tensor));
  }

  /** Takes what was saved in an epoch. */
  void restore(long epoch, List<LaneMemory> saved, ComputeDevice device) {
    try (PointerScope scope = new PointerScope()) {
      for (LaneMemory memory : saved) {
        long[] shape = memory.shape().stream().mapToLong(Long::longValue).toArray();
        keep(
            new MicroBatchContext.Slot(epoch, memory.lane()),
            Tensors.of(memory.values(), device, shape));
      }
    }
  }

  @Override
  public void close() {
    kept.values().forEach(entry -> entry.tensor().close());
    kept.clear();
  }
}
