package io.robusttrain.train.worker;

import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.Objective;
import io.robusttrain.optim.SliceOptimizer;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Fp32Precision;
import java.io.Serializable;
import java.util.stream.IntStream;

/**
 * Everything a worker needs to know, shipped to executors once. Immutable; workers copy the
 * optimiser before they use it.
 *
 * @param architecture what is trained
 * @param validated the same network as it is validated: at the resolution of the run's last stage
 * @param objective what is minimised
 * @param clock radius and learning rate of every step
 * @param optimizer without state
 * @param order which samples each step and lane takes
 * @param samples where the micro-batches come from
 * @param seed the run's seed
 * @param device where replicas compute
 * @param threads cores divided between arithmetic and decoding
 * @param fp32 what a GPU makes of float32 in a step
 */
public record TrainingJob(
    Architecture architecture,
    Architecture validated,
    Objective objective,
    StepClock clock,
    SliceOptimizer optimizer,
    BatchOrder order,
    SupplyFactory samples,
    long seed,
    ComputeDevice device,
    ThreadPlan threads,
    Fp32Precision fp32)
    implements Serializable {
  /** The lanes whose micro-batches a worker computes: equal, consecutive shares. */
  public int[] lanes(WorkerPlace place) {
    int share = order.lanes() / place.workers();
    return IntStream.range(place.index() * share, (place.index() + 1) * share).toArray();
  }
}
