package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.parameters.AllReduceParameter;
import com.intel.analytics.bigdl.parameters.CompressedTensor;
import com.intel.analytics.bigdl.parameters.SerializerInstance;
import com.intel.analytics.bigdl.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerWrapper;
import scala.Option;

/**
 * The mean of all replicas' gradients in a task's slice of the flat vector, or an exception.
 *
 * <p>BigDL's own {@code aggregateGradientPartition} does the same sums in the same order, but
 * forgets the exceptions of the threads that fetch and add: when a gradient does not arrive, the
 * others are applied as if they were all.
 */
final class GradientSum {
  private GradientSum() {}

  /**
   * Replaces the task's gradient partition.
   *
   * @param parameters of the running task
   * @param workers whose gradients are added
   * @param replicas of all workers, by which the sum is divided
   * @throws IllegalStateException if a gradient does not arrive
   */
  @SuppressWarnings("unchecked") // BigDL's tensors are erased Scala generics
  static void aggregate(AllReduceParameter<?> parameters, int workers, int replicas) {
    AllReduceParameter<Object> exchanged = (AllReduceParameter<Object>) parameters;
    int slice = exchanged.com$intel$analytics$bigdl$parameters$AllReduceParameter$$partitionId();
    List<Callable<CompressedTensor<Object>>> fetches = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      int from = worker;
      fetches.add(() -> fetch(exchanged, from, slice));
    }
    List<CompressedTensor<Object>> gradients = all(AllReduceParameter.syncPool(), fetches);
    Tensor<Object> sum = exchanged.gradientPartition();
    add(gradients, sum.nElement());
    gradients.get(0).deCompress(sum);
    Object divisor = (float) replicas;
    sum.div(divisor);
  }

  private static CompressedTensor<Object> fetch(
      AllReduceParameter<Object> parameters, int from, int slice) {
    BlockId block =
        parameters.com$intel$analytics$bigdl$parameters$AllReduceParameter$$getGradientBlockId(
            from, slice);
    Option<ByteBuffer> bytes = BlockManagerWrapper.getLocalOrRemoteBytes(block);
    if (bytes.isEmpty()) {
      throw new IllegalStateException(
          "gradient block of worker %d for slice %d did not arrive".formatted(from, slice));
    }
    CompressedTensor<Object> gradient =
        SerializerInstance.create(bytes.get(), parameters.compress(), FloatTypes.FLOAT);
    BlockManagerWrapper.unlock(block);
    return gradient;
  }

  /** Adds all to the first, parts of the slice side by side. */
  private static void add(List<CompressedTensor<Object>> gradients, int length) {
    int parts = Math.max(1, Math.min(length, Runtime.getRuntime().availableProcessors() / 2));
    List<Callable<Integer>> sums = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int start = (int) ((long) length * part / parts);
      int size = (int) ((long) length * (part + 1) / parts) - start;
      sums.add(
          () -> {
            CompressedTensor<Object> first = gradients.get(0);
            for (CompressedTensor<Object> other : gradients.subList(1, gradients.size())) {
              first.add(other.bytes(start, size), start, size);
            }
            return size;
          });
    }
    all(AllReduceParameter.computePool(), sums);
  }

  private static <R> List<R> all(ExecutorService pool, List<Callable<R>> tasks) {
    List<R> results = new ArrayList<>();
    try {
      for (Future<R> task : pool.invokeAll(tasks)) {
        results.add(task.get());
      }
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause().getMessage(), failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while gradients were added", stopped);
    }
    return results;
  }
}
