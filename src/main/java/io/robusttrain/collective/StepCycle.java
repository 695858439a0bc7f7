package io.robusttrain.collective;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.StepAttempt;
import io.robusttrain.engine.StepGate;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.NativeThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * The steps of one worker between two pauses. The flat vectors are in native memory; this worker's
 * slice, which its optimiser updates, is on the heap. Used from one thread; owns the peers.
 */
final class StepCycle implements AutoCloseable {
  /** As torch adds to the norm. */
  private static final double TINY = 1e-6;

  private final LegPlan plan;
  private final Worker worker;
  private final WorkerPlace place;
  private final GlooPeers peers;
  private final NativeThread exchanging;
  private final ExecutorService replicas;
  private final FloatSlice weights;
  private final FloatSlice gradients;
  private final int start;
  private ReplicaVectors vectors;
  private SliceExchange exchange;
  private Future<Boolean> gathering;

  /**
   * Begins with this worker's slice of the weights.
   *
   * @param peers closed with this
   * @param exchanging the thread of all arithmetic that is not the worker's
   * @param replicas threads that wait for the worker's replicas, one for each
   */
  StepCycle(
      LegPlan plan,
      Worker worker,
      GlooPeers peers,
      float[] slice,
      NativeThread exchanging,
      ExecutorService replicas) {
    this.plan = plan;
    this.worker = worker;
    this.place = peers.place();
    this.peers = peers;
    this.exchanging = exchanging;
    this.replicas = replicas;
    this.weights = FloatSlice.of(slice);
    this.gradients = FloatSlice.of(new float[slice.length]);
    this.start = place.sliceStart(plan.shape().size());
  }

  /**
   * Begins to give all replicas of all workers the weights; all workers must do so together. The
   * next step waits for it, after it has loaded its samples.
   */
  void beginGathering() {
    gathering =
        exchanging.submit(
            () -> {
              open();
              exchange.gatherWeights(weights);
              return true;
            });
    if (!plan.overlap()) {
      awaitWeights();
    }
  }

  /** Waits until all replicas have the weights. */
  void awaitWeights() {
    NativeThread.result(gathering);
  }

  private void open() {
    // OpenMP keeps the number of threads per calling thread.
    NativeRuntime.start(plan.threads());
    if (exchange == null) {
      vectors = ReplicaVectors.of(worker, place.replicas(), plan.shape().size(), plan.overlap());
      exchange = new SliceExchange(peers, vectors, plan.shape().size());
    }
  }

  /**
   * Does a step with the weights that are being gathered, up to the update of this worker's slice.
   *
   * @param gate lets it be done once
   * @param departing whether this process was told to end
   */
  StepMessage run(StepGate gate, StepAttempt attempt, boolean departing)
      throws InterruptedException {
    long step = attempt.step();
    gate.load(attempt);
    worker.load(step);
    awaitWeights();
    List<Future<Boolean>> sending = new ArrayList<>();
    double loss = compute(gate, attempt, sending);
    sending.forEach(NativeThread::result);
    double norm =
        exchanging.call(
            () -> {
              exchange.meanGradients(gradients.array());
              return plan.shape().clips() ? clip() : Double.NaN;
            });
    gate.update(attempt.leg(), step);
    worker.update(step, start, weights, gradients);
    return new StepMessage(step, loss, norm, departing, worker.takeReport());
  }

  /**
   * Computes, and begins to exchange what is complete.
   *
   * @param sending receives what was begun
   */
  private double compute(StepGate gate, StepAttempt attempt, List<Future<Boolean>> sending)
      throws InterruptedException {
    if (plan.overlap()) {
      sending.add(exchanging.submit(() -> expect()));
    }
    List<Callable<Double>> shares = new ArrayList<>();
    for (int i = 0; i < place.replicas(); i++) {
      int replica = i;
      shares.add(
          () -> {
            gate.compute(attempt);
            return vectors.compute(
                attempt.step(), replica, part -> sending.add(exchanging.submit(() -> send(part))));
          });
    }
    double loss = 0;
    for (Future<Double> share : replicas.invokeAll(shares)) {
      loss += result(share);
    }
    return loss;
  }

  private boolean expect() {
    exchange.expectGradients();
    return true;
  }

  private boolean send(int part) {
    exchange.sendGradients(part);
    return true;
  }

  private static double result(Future<Double> share) throws InterruptedException {
    try {
      return share.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (failed.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  /**
   * Scales the gradient of all parameters down to a Euclidean norm, as {@code
   * torch.nn.utils.clip_grad_norm_} does, and leaves batch statistics alone.
   *
   * @return the norm before
   */
  private double clip() {
    double norm = Math.sqrt(exchange.sum(worker.squaredGradientNorm(start, gradients)));
    float coefficient = (float) Math.min(1, plan.shape().maxNorm() / (norm + TINY));
    float[] slice = gradients.array();
    int parameters = Math.max(0, Math.min(plan.shape().parameterCount() - start, slice.length));
    for (int i = 0; i < parameters; i++) {
      slice[i] *= coefficient;
    }
    return norm;
  }

  /** Ends the connections first: what is still on its way has no memory to arrive in afterwards. */
  @Override
  public void close() {
    peers.abort();
    exchanging.call(
        () -> {
          peers.close();
          if (exchange != null) {
            exchange.close();
          }
          if (vectors != null) {
            vectors.close();
          }
          return null;
        });
  }
}
