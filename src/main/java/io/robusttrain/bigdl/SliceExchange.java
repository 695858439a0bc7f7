package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.tensor.Tensor;
import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.FloatSlice;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;

/**
 * One worker's end of the exchange of a leg: its slice of the weights in float32, which nothing but
 * the leg's end removes, and the blocks that the other workers fetch. Each block says which step it
 * belongs to, and none is used in another one.
 *
 * <p>Gradients are added in float32 in the order of the workers, so that the sum is the same
 * however they arrive.
 */
final class SliceExchange {
  private static final Map<String, SliceExchange> SLICES = new ConcurrentHashMap<>();

  private final ExchangePlan plan;
  private final int worker;
  private final BlockManager manager;
  private final Tensor<Object> weights;
  private final Tensor<Object> gradients;
  private final StampedBlock weightBlock;
  private final List<StampedBlock> gradientBlocks = new ArrayList<>();
  private long nextStep;

  /**
   * Offers the leg's first weights.
   *
   * @param manager of the worker's process
   * @param vector the flat vector (P)
   * @throws IllegalStateException if the blocks do not fit into storage memory
   */
  SliceExchange(ExchangePlan plan, int worker, BlockManager manager, FloatSlice vector) {
    this.plan = plan;
    this.worker = worker;
    this.manager = manager;
    this.weights = FloatTypes.tensor(part(vector, worker).copy());
    this.gradients = FloatTypes.tensor(new float[plan.length(worker)]);
    this.weightBlock = offer(plan.weights(worker), plan.length(worker));
    for (int slice = 0; slice < plan.workers(); slice++) {
      gradientBlocks.add(offer(plan.gradients(worker, slice), plan.length(slice)));
    }
    sendWeights(plan.firstStep() - 1);
  }

  /**
   * Begins a worker's part of a leg.
   *
   * @throws ExchangeFailure if it is past the leg's first step
   */
  static void begin(ExchangePlan plan, int worker, BlockManager manager, FloatSlice vector) {
    SLICES.compute(
        key(plan, worker),
        (key, begun) -> {
          if (begun == null) {
            return new SliceExchange(plan, worker, manager, vector);
          }
          if (begun.nextStep() != plan.firstStep()) {
            throw dropped(worker, "before step " + begun.nextStep());
          }
          return begun;
        });
  }

  /**
   * A worker's part of a leg.
   *
   * @throws ExchangeFailure if it has not begun in this process, or ended
   */
  static SliceExchange of(ExchangePlan plan, int worker) {
    SliceExchange slice = SLICES.get(key(plan, worker));
    if (slice == null) {
      throw new ExchangeFailure(
          "the slice of worker %d is not in this process, its blocks did not arrive"
              .formatted(worker));
    }
    return slice;
  }

  private static String key(ExchangePlan plan, int worker) {
    return plan.name() + "/" + worker;
  }

  /** Removes all of the exchange from this process. No optimiser may be running. */
  static void endAll() {
    SLICES.clear();
    ExchangeBlocks.clear();
  }

  private FloatSlice part(FloatSlice vector, int slice) {
    return new FloatSlice(vector.array(), vector.offset() + plan.start(slice), plan.length(slice));
  }

  private StampedBlock offer(BlockId id, int elements) {
    StampedBlock block = StampedBlock.empty(plan.format(), elements);
    ExchangeBlocks.offer(manager, id, block.bytes());
    return block;
  }

  /** This worker's slice of the weights. */
  Tensor<Object> weights() {
    return weights;
  }

  /** The mean gradients of this worker's slice, after {@link #sumGradients}. */
  Tensor<Object> gradients() {
    return gradients;
  }

  /** The step that the weights are for. */
  long nextStep() {
    return nextStep;
  }

  /**
   * Offers this worker's gradients of a step, to each worker those of its slice.
   *
   * @param vector the gradients of the flat vector (P)
   * @throws ExchangeFailure if a block could not be written; it cannot be used then
   */
  void putGradients(long step, FloatSlice vector) {
    List<Callable<Integer>> writes = new ArrayList<>();
    for (int slice = 0; slice < plan.workers(); slice++) {
      int to = slice;
      writes.add(
          () -> {
            gradientBlocks.get(to).write(step, part(vector, to));
            return to;
          });
    }
    all(writes, "gradients of worker %d were not put".formatted(worker));
  }

  /**
   * Adds the gradients that all workers have for this slice, and divides them.
   *
   * @param replicas by which the sum is divided
   * @throws ExchangeFailure if a block does not arrive or is not of this step
   */
  void sumGradients(long step, int replicas) {
    Queue<Future<StampedBlock>> arriving = new ArrayDeque<>();
    for (int from = 0; from < plan.workers(); from++) {
      int peer = from;
      arriving.add(AllReduceParameter.syncPool().submit(() -> gradientsOf(peer, step)));
    }
    FloatSlice sum = FloatTypes.slice(gradients);
    result(arriving.remove()).read(0, sum);
    while (!arriving.isEmpty()) {
      add(result(arriving.remove()), sum);
    }
    Object divisor = (float) replicas;
    gradients.div(divisor);
  }

  private StampedBlock gradientsOf(int from, long step) {
    StampedBlock block =
        isHere(from)
            ? here(from).gradientBlocks.get(worker)
            : fetch(from, plan.gradients(from, worker));
    String what = "gradient block of worker %d for slice %d".formatted(from, worker);
    return checked(block, what, step, plan.length(worker));
  }

  /** Adds a block, parts of the slice side by side. */
  private static void add(StampedBlock block, FloatSlice sum) {
    int length = sum.length();
    int parts = Math.max(1, Math.min(length, Runtime.getRuntime().availableProcessors() / 2));
    List<Callable<Integer>> sums = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int start = (int) ((long) length * part / parts);
      int size = (int) ((long) length * (part + 1) / parts) - start;
      sums.add(
          () -> {
            block.add(start, new FloatSlice(sum.array(), sum.offset() + start, size));
            return size;
          });
    }
    all(sums, "gradients could not be added");
  }

  /** Offers this worker's slice of the weights after a step. */
  void sendWeights(long step) {
    nextStep = step + 1;
    weightBlock.write(nextStep, FloatTypes.slice(weights));
  }

  /**
   * Begins to gather the weights of a step from all workers; each of the answers throws an {@link
   * ExchangeFailure} if a block does not arrive or is not of this step.
   *
   * @param vector receives the flat vector (P)
   */
  List<Future<Object>> gatherWeights(long step, FloatSlice vector) {
    List<Future<Object>> gathered = new ArrayList<>();
    for (int from = 0; from < plan.workers(); from++) {
      int peer = from;
      gathered.add(
          AllReduceParameter.syncPool()
              .submit(
                  () -> {
                    weightsOf(peer, step).read(0, part(vector, peer));
                    return peer;
                  }));
    }
    return gathered;
  }

  private StampedBlock weightsOf(int from, long step) {
    StampedBlock block = isHere(from) ? here(from).weightBlock : fetch(from, plan.weights(from));
    return checked(block, "weight block of worker %d".formatted(from), step, plan.length(from));
  }

  /** Whether a worker is in this process, as with a local master. */
  private boolean isHere(int other) {
    return plan.peers().get(other).equals(manager.blockManagerId());
  }

  private SliceExchange here(int other) {
    return other == worker ? this : of(plan, other);
  }

  private StampedBlock fetch(int from, BlockId block) {
    BlockManagerId peer = plan.peers().get(from);
    try {
      ByteBuffer bytes =
          manager
              .blockTransferService()
              .fetchBlockSync(peer.host(), peer.port(), peer.executorId(), block.name(), null)
              .nioByteBuffer();
      return StampedBlock.received(plan.format(), bytes);
    } catch (Exception failed) {
      throw new ExchangeFailure(
          "block %s of worker %d did not arrive from executor %s on %s"
              .formatted(block.name(), from, peer.executorId(), peer.hostPort()),
          failed);
    }
  }

  private static StampedBlock checked(StampedBlock block, String what, long step, int elements) {
    String instead = block.insteadOf(step, elements);
    if (instead != null) {
      throw new ExchangeFailure(what + " " + instead);
    }
    return block;
  }

  private static void all(List<Callable<Integer>> tasks, String failure) {
    try {
      for (Future<Integer> task : AllReduceParameter.computePool().invokeAll(tasks)) {
        task.get();
      }
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      throw new ExchangeFailure(failure + ": " + cause.getMessage(), cause);
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }

  private static StampedBlock result(Future<StampedBlock> arriving) {
    try {
      return arriving.get();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof ExchangeFailure known
          ? known
          : new ExchangeFailure(failed.getCause().getMessage(), failed.getCause());
    } catch (InterruptedException stopped) {
      throw interrupted(stopped);
    }
  }

  private static ExchangeFailure interrupted(InterruptedException stopped) {
    Thread.currentThread().interrupt();
    return new ExchangeFailure("interrupted while gradients were exchanged", stopped);
  }

  /** Says that a worker's model was made twice in a leg. */
  static ExchangeFailure dropped(int worker, String when) {
    return new ExchangeFailure(
        "the model of worker %d was dropped from Spark's storage memory %s: raise spark.executor.memory (spark.driver.memory with a local master)"
            .formatted(worker, when));
  }
}
